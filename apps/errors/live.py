"""Keeps this process's overrides as fresh as the database: a person's word counts everywhere within seconds."""

import time

from apps.errors.codes import ErrorCode
from apps.errors.models import Override
from apps.errors.overrides import LIVE, OverrideRule

FRESH_FOR = 2.0  # seconds
_loaded_at = float("-inf")


def refresh(*, older_than: float = FRESH_FOR) -> None:
    """Read the overrides again if what we have is older than so many seconds."""
    global _loaded_at  # noqa: PLW0603 - one set for each process
    if time.monotonic() - _loaded_at < older_than:
        return
    LIVE.replace(live_rules())
    _loaded_at = time.monotonic()


def live_rules() -> list[OverrideRule]:
    """Return what operators said, as rules."""
    rows = Override.objects.filter(removed_at=None).only("id", "platform", "fingerprint", "code")
    return [
        OverrideRule(f"override.{row.pk}", row.platform, row.fingerprint, ErrorCode(row.code)) for row in rows
    ]
