"""The verdict: what the jobs say, held against what the partners' ledger says."""

import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from django.db.models import Min

from apps.jobs.choices import FINAL, HeldFor, JobState
from apps.jobs.models import Attempt, Job
from tests.faults.campaign.cast import Posted, Role
from tests.faults.campaign.chaos import DRAIN_LIMIT, Chaos
from tests.faults.campaign.invariants import Watch, given_up_for_dead

BEFORE = 10.0  # seconds
FULL = 0.8  # of the rate before


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
    broken: int = 0  # invariants that were found violated

    @property
    def holds(self) -> bool:
        """True when nothing is lost, doubled or stuck, and nobody is asked where we could have looked."""
        asked_in_vain = self.verify != "none" and self.unconfirmed
        return not (self.lost or self.doubled or self.stuck or self.failed or self.broken or asked_in_vain)

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


def house(campaign: str, seed: int, chaos: Chaos, watch: Watch, poisoned: Sequence[str]) -> Verdict:
    """Return the row of what concerns no platform: invariants, stops in good order, poison."""
    dead = Job.objects.across_tenants().filter(pk__in=poisoned, state=JobState.DEAD).count()
    slow = sum(seconds > DRAIN_LIMIT for seconds in chaos.drains)
    counted = given_up_for_dead() if campaign == "rolling" else 0
    return Verdict(
        campaign=campaign,
        platform="the house",
        verify="-",
        seed=seed,
        jobs=len(poisoned),
        unknown=0,
        succeeded=dead,
        lost=0,
        doubled=0,
        stuck=len(poisoned) - dead,
        unconfirmed=0,
        failed=0,
        recovery_p50_s=0.0,
        recovery_max_s=round(max(chaos.drains, default=0.0), 1),  # here: the longest stop in good order
        broken=len(watch.broken) + slow + counted,
    )


def remarks(campaign: str, chaos: Chaos, watch: Watch) -> Iterator[str]:
    """Yield what the table has no column for."""
    yield f"invariants: {watch.looks} looks while it ran, one at the end, {len(watch.broken)} broken"
    for name, times in watch.broken.items():
        yield f"  broken {times} times: {name}"
    recoveries = _recoveries(chaos.orphans)
    if recoveries:
        slowest = max(recoveries, key=lambda job: recoveries[job])
        deaths = Attempt.objects.filter(job=slowest, evidence__contains="worker died").count()
        yield f"slowest to move again: {recoveries[slowest]:.0f} s, job {slowest}, under which {deaths} workers died"
    if chaos.drains:
        yield f"stops in good order: {', '.join(f'{seconds:.1f} s' for seconds in chaos.drains)}"
    if campaign == "rolling":
        yield f"of them taken for deaths: {given_up_for_dead()}"
    starts = sorted(at.timestamp() for at in Attempt.objects.values_list("started_at", flat=True))
    for down, up, due in chaos.outages:
        after = full_rate_after(starts, down, up, due)
        yield f"PostgreSQL was away {up - down:.1f} s; full rate {after}"


def full_rate_after(starts: Sequence[float], down: float, up: float, due: int) -> str:
    """Say how long after its return calls were started as fast as in the ten seconds before."""
    before = sum(down - BEFORE <= at < down for at in starts) / BEFORE
    if before < 1 or due < before * BEFORE:
        return "not measurable: there was too little work"
    for tenths in range(600):
        begin = up + tenths / 10
        if sum(begin <= at < begin + 2 for at in starts) / 2 >= before * FULL:
            return f"{tenths / 10:.1f} s later ({before:.0f} calls a second before)"
    return "never again"


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
