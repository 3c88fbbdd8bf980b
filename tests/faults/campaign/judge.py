"""The verdict: what the jobs say, held against what the partners' ledger says."""

import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from django.db.models import Min

from apps.jobs.choices import FINAL, HeldFor, JobState
from apps.jobs.models import Attempt, Job
from tests.faults.campaign.cast import Posted, Role


@dataclass(frozen=True)
class Verdict:
    """One row of the report: a campaign at a platform and class of verification."""

    campaign: str
    platform: str
    verify: str
    seed: int
    jobs: int
    unknown: int  # attempts whose outcome nobody could know
    succeeded: int
    lost: int
    doubled: int
    stuck: int
    unconfirmed: int
    failed: int  # ended without being published, although every post is one that the partner takes
    recovery_p50_s: float
    recovery_max_s: float

    @property
    def holds(self) -> bool:
        """True when nothing is lost, doubled or stuck, and nobody is asked where we could have looked."""
        asked_in_vain = self.verify != "none" and self.unconfirmed
        return not (self.lost or self.doubled or self.stuck or self.failed or asked_in_vain)

    def as_json(self) -> dict[str, object]:
        """Return the row for machines."""
        return {**asdict(self), "holds": self.holds}


def judge(
    campaign: str,
    seed: int,
    posted: Sequence[Posted],
    ledger: Iterable[dict[str, object]],
    deaths: Sequence[tuple[float, set[str]]],
) -> list[Verdict]:
    """Return one verdict for each platform and class of verification."""
    public = Counter((str(row["account"]), str(row["text"])) for row in ledger)
    found = {
        str(pk): (state, held)
        for pk, state, held in Job.objects.across_tenants().values_list("pk", "state", "held_for")
    }
    recoveries = _recoveries(deaths)
    return [
        _verdict(campaign, seed, role, [one for one in posted if one.role == role], public, found, recoveries)
        for role in sorted({one.role for one in posted}, key=lambda role: (role.platform, role.verify))
    ]


def _verdict(
    campaign: str,
    seed: int,
    role: Role,
    posted: Sequence[Posted],
    public: Counter[tuple[str, str]],
    found: dict[str, tuple[str, str]],
    recoveries: dict[str, float],
) -> Verdict:
    wanted = Counter((one.account, one.text) for one in posted)
    succeeded = Counter((one.account, one.text) for one in posted if _state(found, one) == JobState.SUCCEEDED)
    asked = [one for one in posted if found.get(one.job) == (JobState.HELD, HeldFor.UNCONFIRMED)]
    accepted_once = [one for one in posted if one.job in found]
    times = [recoveries[one.job] for one in posted if one.job in recoveries]
    return Verdict(
        campaign=campaign,
        platform=role.platform,
        verify=role.verify,
        seed=seed,
        jobs=len(posted),
        unknown=Attempt.objects.filter(job__in=[one.job for one in posted], outcome="unknown").count(),
        succeeded=succeeded.total(),
        lost=len(posted) - len(accepted_once) + sum((succeeded - public).values()),
        doubled=sum((Counter({key: public[key] for key in wanted}) - wanted).values()),
        stuck=sum(_state(found, one) not in FINAL for one in posted) - len(asked),
        unconfirmed=len(asked),
        failed=sum(_state(found, one) in FINAL - {JobState.SUCCEEDED} for one in posted),
        recovery_p50_s=round(statistics.median(times), 1) if times else 0.0,
        recovery_max_s=round(max(times), 1) if times else 0.0,
    )


def _state(found: dict[str, tuple[str, str]], one: Posted) -> str:
    return found.get(one.job, ("", ""))[0]


def _recoveries(deaths: Sequence[tuple[float, set[str]]]) -> dict[str, float]:
    """Return how many seconds each orphaned job waited for its next start: the longest time, if it died repeatedly."""
    found: dict[str, float] = {}
    for at, jobs in deaths:
        died = datetime.fromtimestamp(at, UTC)
        rows = Attempt.objects.filter(job__in=jobs, started_at__gt=died)
        for job, started in rows.values_list("job_id").annotate(next=Min("started_at")):
            found[str(job)] = max(found.get(str(job), 0.0), (started - died).total_seconds())
    return found
