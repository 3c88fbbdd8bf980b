"""Give unknown answers a code: look first at what would change, then make it live, or take it back."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from apps.core.problems import Problem
from apps.errors.classifier import classify_partner_error
from apps.errors.codes import ErrorCode
from apps.errors.live import live_rules
from apps.errors.models import Override, Sample
from apps.errors.overrides import OverrideRule, Overrides


class OverrideExists(Problem):
    """Somebody gave this fingerprint a code already."""

    code = "override_exists"
    status = 409
    title = "These answers have a code already"


class OverrideGone(Problem):
    """The override was taken back already."""

    code = "override_gone"
    status = 409
    title = "This was taken back already"


@dataclass(frozen=True, slots=True)
class Preview:
    """What an override would change among the recorded errors."""

    looked_at: int
    changes: tuple[tuple[str, str, int], ...]  # code now, code then, how many

    @property
    def changed(self) -> int:
        """How many recorded errors would get another code."""
        return sum(count for _, _, count in self.changes)


def preview(*, platform: str, fingerprint: str, code: ErrorCode) -> Preview:
    """Classify the recorded errors of the platform once as now and once as then; writes nothing."""
    now = Overrides(live_rules())
    then = Overrides([*live_rules(), OverrideRule("override.preview", platform, fingerprint, code)])
    samples = Sample.objects.filter(platform=platform).order_by("-id")
    counted: Counter[tuple[str, str]] = Counter()
    for sample in samples.iterator():
        before, after = (_code(sample, rules) for rules in (now, then))
        if before is not after:
            counted[before.value, after.value] += 1
    changes = tuple((before, after, count) for (before, after), count in counted.most_common())
    return Preview(samples.count(), changes)


def add_override(
    *, platform: str, fingerprint: str, code: ErrorCode, reason: str, actor: str, at: datetime
) -> Override:
    """
    Make it live: every process knows it within seconds.

    :raises OverrideExists: when these answers have a code already.
    """
    try:
        with transaction.atomic():
            return Override.objects.create(
                platform=platform,
                fingerprint=fingerprint,
                code=code.value,
                reason=reason,
                created_by=actor,
                created_at=at,
            )
    except IntegrityError:
        raise OverrideExists(detail="Take the other one back first.") from None


def remove_override(*, override: UUID, actor: str, at: datetime) -> None:
    """
    Take it back: these answers are unknown again.

    :raises OverrideGone: when somebody was first.
    """
    live = Override.objects.filter(pk=override, removed_at=None)
    if not live.update(removed_at=at, removed_by=actor):
        raise OverrideGone(detail="Nothing was changed.")


def _code(sample: Sample, rules: Overrides) -> ErrorCode:
    return classify_partner_error(
        sample.platform,
        sample.status,
        sample.body,
        sample.headers,
        operation=sample.operation,
        overrides=rules,
    ).code
