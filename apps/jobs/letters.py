"""Dead letters: what cannot go on by itself is put down with all that a person needs to judge it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Max, Min

from apps.errors.codes import ErrorCode
from apps.errors.decide import Verb
from apps.errors.taxonomy import get_taxonomy_entry
from apps.jobs.decided import Decided
from apps.jobs.kinds import KINDS
from apps.jobs.models import Attempt, DeadLetter


@dataclass(frozen=True, slots=True)
class _Tries:
    """When a job was tried first and last, and the last thing a partner said to it."""

    first: datetime
    last: datetime
    evidence: str


def write(changed: Sequence[Decided], at: datetime) -> None:
    """Put down the jobs that ended as dead letters; runs in the settling transaction."""
    dead = [
        one
        for one in changed
        if one.decision.verb is Verb.DEAD_LETTER and KINDS.get(one.job.kind).dead_letters
    ]
    if dead:
        tries = _tries([one.job.pk for one in dead])
        # What belongs to no tenant is the house's own work; its kind tells of its end.
        DeadLetter.objects.bulk_create(
            _letter(one, tenant, tries.get(one.job.pk), at) for one in dead if (tenant := one.job.tenant_id)
        )


def _tries(jobs: Sequence[UUID]) -> Mapping[UUID, _Tries]:
    rows = Attempt.objects.filter(job__in=jobs)
    spans = rows.values("job").annotate(first=Min("started_at"), last=Max("started_at"))
    said = rows.exclude(evidence="").order_by("job", "-number").distinct("job").values_list("job", "evidence")
    evidence = dict(said)
    return {row["job"]: _Tries(row["first"], row["last"], evidence.get(row["job"], "")) for row in spans}


def _letter(one: Decided, tenant: UUID, tries: _Tries | None, at: datetime) -> DeadLetter:
    """A look that ends in nothing, or a death, has no answer of its own: the last one that was given counts."""
    code = one.columns["error_code"] or ErrorCode.UNKNOWN.value
    return DeadLetter(
        job=one.job,
        tenant_id=tenant,
        connection=one.job.connection,
        platform=one.job.platform,
        kind=one.job.kind,
        payload=one.job.args,
        reason=one.decision.reason,
        error_code=code,
        action=get_taxonomy_entry(ErrorCode(code)).action.value,
        rule_id=one.columns["error_rule"],
        message=one.columns["error_message"],
        evidence=one.settlement.outcome.evidence or (tries.evidence if tries else ""),
        retries=one.columns["attempts"],
        first_attempt_at=tries.first if tries else None,
        last_attempt_at=tries.last if tries else None,
        created_at=at,
    )
