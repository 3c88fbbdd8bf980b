"""Who hears of an incident: operations once, a tenant's people never, unless their own access is really dead."""

from collections import Counter
from datetime import datetime, timedelta

import pytest

from apps.connections.models import Connection
from apps.core import clock
from apps.errors.classification import Scope
from apps.errors.codes import ErrorCode
from apps.events.models import Event
from apps.jobs.choices import JobState
from apps.jobs.models import Attempt, Hold, Job
from apps.notifications.actions.channels import add_way_to_operations
from apps.notifications.choices import ChannelKind
from apps.notifications.models import Notice
from apps.recovery import asking
from apps.recovery.choices import Family, IncidentEnd
from apps.recovery.models import Incident
from apps.recovery.watch import watch
from tests.crowd import OUTAGE, REFUSALS, Answer, Crowd, make_crowd, mixed, works
from tests.following import follow
from tests.make import make_tenant
from tests.whole import WHOLE

# Connections and tenants.
MANY = (600, 60) if WHOLE else (40, 8)
TOLD = {
    Family.AUTHORISATION: ["Facebook refuses access that worked", "Facebook gives access again"],
    Family.AVAILABILITY: ["Facebook does not answer as it should", "Facebook answers again"],
}


@pytest.fixture(autouse=True)
def _olga(committed: None) -> None:
    """Olga reads what operations are told."""
    add_way_to_operations(
        kind=ChannelKind.EMAIL,
        name="Olga",
        address="olga@reknit.test",
        actor="staff:olga",
        at=clock.now(),
    )


def make_teams(size: int, tenants: int, *, sign_ins: int | None = None) -> Crowd:
    """Make connections of tenants that have somebody to tell."""
    for number in range(tenants):
        make_tenant(f"Tenant {number}", f"alice@tenant-{number}.test")
    return make_crowd(size, tenants, sign_ins=sign_ins)


def go_on(crowd: Crowd, answer: Answer, *, seconds: float, step: float = 20, most: int = 10**6) -> None:
    """Let time pass: calls are made, the watch looks, and everybody is told what there is to tell."""
    for _ in range(round(seconds / step)):
        crowd.serve(answer, most=most)
        watch()
        follow()
        asking.tell_due()
        clock.travel(timedelta(seconds=step))


def arrive(crowd: Crowd, answer: Answer) -> None:
    """Let ten fail one by one and the rest at once, all of it within two minutes."""
    go_on(crowd, answer, seconds=100, step=10, most=1)
    go_on(crowd, answer, seconds=20, step=5)


def told(*, tenants: bool) -> list[Notice]:
    """Return what people were told, of tenants or of operations, the first first."""
    rows = Notice.objects.across_tenants().filter(tenant__isnull=not tenants)
    return [one for one in rows.order_by("created_at") if one.recipients]


def statuses() -> Counter[str]:
    """Count the connections by status."""
    return Counter(Connection.objects.across_tenants().values_list("status", flat=True))


def tenth_failure() -> datetime:
    """Return when so many had failed that it could be seen to be one cause."""
    failures = Attempt.objects.exclude(error_code="").order_by("finished_at")
    tenth = failures.values_list("finished_at", flat=True)[9]
    assert tenth
    return tenth


def held() -> int:
    """Count the open holds of incidents."""
    return Hold.objects.filter(reason__startswith="incident:", closed_at=None).count()


@pytest.mark.parametrize(
    ("size", "tenants", "codes", "family"),
    [
        (*MANY, REFUSALS, Family.AUTHORISATION),
        (*MANY, OUTAGE, Family.AVAILABILITY),
        (12, 1, OUTAGE, Family.AVAILABILITY),
        *([(12, 2, REFUSALS, Family.AUTHORISATION)] if WHOLE else []),
    ],
)
def test_one_cause_is_told_to_operations_alone_and_all_go_on_within_five_minutes_of_its_end(
    size: int, tenants: int, codes: tuple[ErrorCode, ...], family: Family
) -> None:
    crowd = make_teams(size, tenants)

    arrive(crowd, mixed(codes))
    during = (statuses(), held(), [one.subject for one in told(tenants=False)])
    go_on(crowd, mixed(codes), seconds=180)
    go_on(crowd, works, seconds=300)

    assert during == ({"active": size}, size, TOLD[family][:1])
    assert [one.subject for one in told(tenants=False)] == TOLD[family]
    assert told(tenants=False)[0].created_at - tenth_failure() < timedelta(seconds=60)
    assert told(tenants=True) == []
    incident, closed = Incident.objects.get(), Event.objects.get(verb="incident.closed")
    assert (incident.family, incident.end) == (family, IncidentEnd.OVER)
    assert (closed.data["tenants"], closed.data["connections"]) == (tenants, size)
    posts = Job.objects.across_tenants().filter(kind="harmless")
    assert (set(posts.values_list("state", flat=True)), held()) == ({JobState.SUCCEEDED}, 0)
    assert statuses() == {"active": size}


def test_two_causes_are_told_one_by_one_and_still_to_operations_alone() -> None:
    crowd = make_teams(60, tenants=10)
    refused = set(crowd.pks[::2])

    arrive(crowd, lambda job: mixed(REFUSALS if job.connection in refused else OUTAGE)(job))

    assert sorted(one.subject for one in told(tenants=False)) == sorted(words[0] for words in TOLD.values())
    assert (told(tenants=True), Incident.objects.count()) == ([], 2)


def test_many_dead_sign_ins_end_it_and_each_tenant_hears_of_its_own_once() -> None:
    size, tenants = MANY
    # Every tenant has three sign-ins that died, and some have others that work.
    crowd = make_teams(size * 11 // 10, tenants, sign_ins=tenants * 33 // 10)
    crowd.scope = Scope.GRANT
    dead = {
        one.pk for one in crowd.connections if int(one.grant.external_user_id.split("-")[1]) < 3 * tenants
    }

    def answer(job: Job) -> ErrorCode | None:
        return ErrorCode.AUTH_INVALID if job.connection in dead else None

    arrive(crowd, answer)
    go_on(crowd, answer, seconds=180, step=60)
    clock.travel(timedelta(minutes=26))
    before = told(tenants=True)
    go_on(crowd, answer, seconds=900, step=60)

    assert (before, Incident.objects.get().end) == ([], IncidentEnd.SINGLE_DEATHS)
    assert len(dead) >= size
    assert (statuses(), held()) == ({"attention": len(dead), "active": len(crowd.connections) - len(dead)}, 0)
    assert set(Counter(one.tenant_id for one in told(tenants=True)).values()) == {1}
    assert len(told(tenants=True)) == tenants


def test_a_sign_in_that_dies_in_the_same_minutes_is_paused_singly_when_the_others_go_on() -> None:
    crowd = make_teams(60, tenants=6)
    own = crowd.connections[7]
    arrive(crowd, mixed(REFUSALS))

    def answer(job: Job) -> ErrorCode | None:
        return ErrorCode.AUTH_REVOKED if job.connection == own.pk else None

    go_on(crowd, answer, seconds=300)
    still_held = held()
    go_on(crowd, answer, seconds=600)

    assert still_held <= 1
    assert (statuses(), held()) == ({"active": 59, "revoked": 1}, 0)
    assert [one.tenant_id for one in told(tenants=True)] == [own.tenant_id]
    assert [one.subject for one in told(tenants=False)] == TOLD[Family.AUTHORISATION]
