"""Change limits and retry policies while everything runs; each change is kept with what it was before."""

from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.forms.models import model_to_dict

from apps.events import log
from apps.jobs.models import Bucket, ChangedLimit, ChangedRetry

Tunable = ChangedLimit | ChangedRetry | Bucket
_TOLD: dict[type[models.Model], tuple[str, str]] = {
    ChangedLimit: ("limit.changed", "limit"),
    Bucket: ("limit.changed", "bucket"),
    ChangedRetry: ("retry.changed", "retry"),
}


@transaction.atomic
def tune(wanted: Tunable, *, actor: str, at: datetime) -> Tunable:
    """Save a limit, a retry policy or one bucket's own limit; it counts from the commit on."""
    before = type(wanted).objects.select_for_update().filter(pk=wanted.pk).first()
    if before and isinstance(wanted, Bucket):
        # Only what an operator says; what was drawn goes on being counted meanwhile.
        Bucket.objects.filter(pk=wanted.pk).update(burst=wanted.burst, per_minute=wanted.per_minute)
    else:
        wanted.full_clean()
        wanted.save()
    _tell(wanted, _said(before), _said(wanted), actor=actor, at=at)
    return wanted


@transaction.atomic
def forget(wanted: ChangedLimit | ChangedRetry, *, actor: str, at: datetime) -> None:
    """Let the platform's data file, or the kind's own policy, count again."""
    before = _said(wanted)
    wanted.delete()
    _tell(wanted, before, None, actor=actor, at=at)


def _said(row: models.Model | None) -> dict[str, Any] | None:
    if row is None:
        return None
    if isinstance(row, Bucket):
        return {"burst": row.burst, "per_minute": row.per_minute}
    return model_to_dict(row, exclude=["id"])


def _tell(
    row: models.Model,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    *,
    actor: str,
    at: datetime,
) -> None:
    verb, noun = _TOLD[type(row)]
    log.record(
        verb,
        tenant=None,
        subject=f"{noun}:{row}",
        actor=actor,
        at=at,
        data={"before": before, "after": after},
    )
