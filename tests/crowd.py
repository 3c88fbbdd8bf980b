"""Many connections of many tenants, and partners that answer all of them at once: bulk rows, no HTTP."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import cycle
from uuid import UUID

from apps.connections.models import Connection, Grant
from apps.core import clock, ids
from apps.errors.classification import Classification, Confidence, Scope
from apps.errors.codes import ErrorCode
from apps.errors.outcome import Outcome, Verdict
from apps.jobs import lease
from apps.jobs.actions.hold import rewake_lanes
from apps.jobs.claim import Claimed, claim
from apps.jobs.kinds import Settlement
from apps.jobs.models import Job, Lane
from apps.jobs.settle import settle
from apps.recovery.watch import watch
from apps.tenants.models import Tenant
from tests import scripted

Answer = Callable[[Job], ErrorCode | None]

# Three codes of one family, and three of another.
REFUSALS = (ErrorCode.AUTH_INVALID, ErrorCode.AUTH_REVOKED, ErrorCode.PERMISSION_INSUFFICIENT)
OUTAGE = (ErrorCode.PARTNER_5XX, ErrorCode.PARTNER_UNAVAILABLE, ErrorCode.NETWORK_ERROR)


def mixed(codes: Sequence[ErrorCode]) -> Answer:
    """Answer each account with one of the codes, always the same."""
    return lambda job: codes[(job.connection.int if job.connection else 0) % len(codes)]


def works(_job: Job) -> None:
    """The partner does what it is asked."""


def refused(code: ErrorCode, platform: str = "meta", scope: Scope = Scope.CONNECTION) -> Outcome:
    """Return the outcome of a call that met this code."""
    found = Classification(
        code=code,
        platform=platform,
        rule_id=f"made.up.{code.lower()}",
        confidence=Confidence.EXACT,
        scope=scope,
    )
    return Outcome(verdict=Verdict.FAILURE, classification=found)


@dataclass
class Crowd:
    """Connections of one platform, and the worker that serves them."""

    connections: list[Connection]
    runner: UUID = field(default_factory=lambda: lease.register("crowd"))
    calls: int = 0
    scope: Scope = Scope.CONNECTION  # what a refusal concerns

    @property
    def pks(self) -> list[UUID]:
        """The connections' ids."""
        return [one.pk for one in self.connections]

    def post(self, connections: Sequence[Connection] | None = None) -> None:
        """Enqueue one post on each of these, or of all."""
        _bulk_jobs(connections or self.connections, clock.now())

    def serve(self, answer: Answer = works, *, most: int = 10**6) -> int:
        """Let the partner answer everything that is due, and return how many calls that were."""
        served = 0
        while served < most and (claimed := claim(self.runner, lanes=min(200, most - served))):
            settle(self.runner, [self._settlement(one, answer) for one in claimed])
            served += len(claimed)
        self.calls += served
        return served

    def run(self, minutes: float, answer: Answer = works, *, step: float = 20) -> None:
        """Let time pass in steps of seconds: calls are made, and the watch looks."""
        for _ in range(round(minutes * 60 / step)):
            self.serve(answer)
            watch()
            clock.travel(timedelta(seconds=step))

    def _settlement(self, one: Claimed, answer: Answer) -> Settlement:
        code = (
            answer(one.job) if one.job.connection else None
        )  # a mail to somebody is no call of the partner's
        outcome = refused(code, one.job.platform, self.scope) if code else scripted.success()
        return Settlement(job=one.job, attempt=one.attempt, fence=one.fence, outcome=outcome)


def make_crowd(
    size: int, tenants: int, platform: str = "meta", *, posts: bool = True, sign_ins: int | None = None
) -> Crowd:
    """Make so many connections, each with a sign-in of its own or of so many in all, over so many tenants."""
    at = clock.now()
    scripted.plug()
    owners = [_tenant(number) for number in range(tenants)]
    grants = [
        Grant(tenant=owners[number % tenants], platform=platform, external_user_id=f"{platform}-{number}")
        for number in range(sign_ins or size)
    ]
    Grant.objects.bulk_create(grants)
    connections = [
        Connection(
            tenant=grant.tenant,
            grant=grant,
            platform=platform,
            account_type="page",
            external_id=f"{platform}-{number}",
            name=f"Page {platform}-{number}",
            created_at=at,
        )
        for number, grant in zip(range(size), cycle(grants), strict=False)
    ]
    Connection.objects.bulk_create(connections)
    Lane.objects.bulk_create([_lane(one) for one in connections])
    crowd = Crowd(connections)
    if posts:
        crowd.post()
    return crowd


def _tenant(number: int) -> Tenant:
    return Tenant.objects.get_or_create(slug=f"tenant-{number}", defaults={"name": f"Tenant {number}"})[0]


def _lane(connection: Connection) -> Lane:
    from apps.connections.lanes import all_scopes

    return Lane(
        tenant_id=connection.tenant_id,
        key=connection.lane_key,
        platform=connection.platform,
        scopes=all_scopes(connection),
    )


def _bulk_jobs(connections: Sequence[Connection], at: datetime) -> None:
    lanes = {
        lane.key: lane
        for lane in Lane.objects.across_tenants().filter(key__in=[one.lane_key for one in connections])
    }
    Job.objects.bulk_create(
        [
            Job(
                id=ids.uuid7(),
                lane=lanes[one.lane_key],
                tenant_id=one.tenant_id,
                connection=one.pk,
                platform=one.platform,
                kind="harmless",
                args={"v": 1},
                created_at=at,
                due_at=at,
                run_at=at,
                step="send",
            )
            for one in connections
        ]
    )
    rewake_lanes(list(lanes), at=at)
