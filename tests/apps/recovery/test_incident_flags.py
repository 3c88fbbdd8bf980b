"""Auto-pause off for one tenant while an incident comes and goes: its connections are held, never paused."""

from collections import Counter

import pytest

from apps.connections.models import Connection
from apps.core import clock
from apps.errors.codes import ErrorCode
from apps.jobs.choices import JobState
from apps.jobs.models import Hold, Job
from apps.recovery.actions.operate_incident import ask_to_reconnect
from apps.recovery.models import Incident
from apps.tenants import flags
from apps.tenants.choices import Flag
from tests.crowd import Crowd, make_crowd

pytestmark = pytest.mark.django_db


@pytest.fixture
def crowd() -> Crowd:
    """Twenty connections of four tenants; the first tenant wants none of them stopped by ourselves."""
    crowd = make_crowd(20, tenants=4)
    off = {"flag": Flag.RECOVERY_AUTOPAUSE, "on": False, "actor": "staff:olga", "at": clock.now()}
    flags.switch(tenant=crowd.connections[0].tenant_id, **off)
    return crowd


def refuse(_job: Job) -> ErrorCode:
    """The partner knows no token any more."""
    return ErrorCode.AUTH_REVOKED


def reasons() -> Counter[str]:
    """Count the open holds by what holds."""
    rows = Hold.objects.filter(closed_at=None).values_list("reason", flat=True)
    return Counter(reason.partition(":")[0] for reason in rows)


def test_what_was_held_for_operations_goes_on_with_the_others(crowd: Crowd) -> None:
    crowd.serve(refuse)
    before = reasons()
    crowd.run(1, refuse)
    during = reasons()

    crowd.run(5)

    assert (before["ops"], during, reasons()) == (5, {"incident": 20}, {})
    posts = Job.objects.across_tenants().filter(kind="harmless")
    assert set(posts.values_list("state", flat=True)) == {JobState.SUCCEEDED}


def test_an_operator_who_asks_people_to_reconnect_pauses_the_others_only(crowd: Crowd) -> None:
    crowd.serve(refuse)
    crowd.run(1, refuse)

    ask_to_reconnect(Incident.objects.get().pk, actor="staff:olga", at=clock.now())

    theirs = Connection.objects.across_tenants().filter(tenant=crowd.connections[0].tenant_id)
    assert set(theirs.values_list("status", flat=True)) == {"active"}
    assert reasons() == {"ops": 5, "connection": 15}
