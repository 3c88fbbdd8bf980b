"""What a partner told us of, signed, stays stopped: it is no evidence of an incident, and no incident takes it back."""

from collections import Counter
from collections.abc import Sequence

import pytest

from apps.connections.models import Connection
from apps.core import clock
from apps.errors.classification import Classification, Confidence, Scope
from apps.errors.codes import ErrorCode
from apps.jobs.models import Hold, Job
from apps.recovery.actions.auto_pause import stop_many
from apps.recovery.models import Incident, Trial
from apps.tenants import flags
from apps.tenants.choices import Flag
from tests.crowd import Crowd, make_crowd

pytestmark = pytest.mark.django_db

REMOVED = Classification(
    code=ErrorCode.AUTH_REVOKED,
    platform="meta",
    rule_id="webhook.deauthorize",
    confidence=Confidence.EXACT,
    scope=Scope.CONNECTION,
)


@pytest.fixture
def crowd() -> Crowd:
    return make_crowd(40, tenants=4)


def refuse(_job: Job) -> ErrorCode:
    """The partner knows no token any more."""
    return ErrorCode.AUTH_REVOKED


def tell(connections: Sequence[Connection]) -> None:
    """Let the partner say that these people removed us."""
    stop_many([(one, REMOVED) for one in connections], at=clock.now(), told=True)


def statuses(connections: Sequence[Connection]) -> Counter[str]:
    rows = Connection.objects.across_tenants().filter(pk__in=[one.pk for one in connections])
    return Counter(rows.values_list("status", flat=True))


def test_many_removals_are_no_incident(crowd: Crowd) -> None:
    crowd.serve(refuse)
    tell(crowd.connections)

    crowd.run(6, refuse)

    assert not Incident.objects.exists()
    assert statuses(crowd.connections) == {"revoked": 40}


@pytest.mark.parametrize("refused_first", [True, False])
def test_an_incident_takes_back_the_pauses_that_it_made_and_no_other(
    crowd: Crowd, refused_first: bool
) -> None:
    removed, others = crowd.connections[:20], crowd.connections[20:]
    if not refused_first:
        tell(removed)
    crowd.serve(refuse)
    if refused_first:
        tell(removed)

    crowd.run(1, refuse)

    assert Incident.objects.count() == 1
    assert (statuses(removed), statuses(others)) == ({"revoked": 20}, {"active": 20})


def test_what_it_holds_and_is_then_told_of_stays_stopped_when_it_is_over(crowd: Crowd) -> None:
    removed = crowd.connections[5:10]  # whose turn to be tried comes next
    others = [one for one in crowd.connections if one not in removed]
    gone = {one.pk for one in removed}
    crowd.serve(refuse)
    crowd.run(1, refuse)

    told_at = clock.now()
    tell(removed)
    crowd.run(3, refuse)
    crowd.run(5, lambda job: ErrorCode.AUTH_REVOKED if job.connection in gone else None)

    assert Incident.objects.get().closed_at
    assert not Trial.objects.filter(job__connection__in=gone, began_at__gt=told_at).exists()
    assert (statuses(removed), statuses(others)) == ({"revoked": 5}, {"active": 35})


def test_where_auto_pause_is_off_operations_go_on_holding_it(crowd: Crowd) -> None:
    tenant = crowd.connections[0].tenant_id
    flags.switch(tenant=tenant, flag=Flag.RECOVERY_AUTOPAUSE, on=False, actor="staff:olga", at=clock.now())
    removed = [one for one in crowd.connections if one.tenant_id == tenant][:3]
    tell(removed)

    crowd.serve(refuse)
    crowd.run(1, refuse)
    crowd.run(8)

    assert Incident.objects.get().closed_at
    kept = Hold.objects.filter(reason="ops", closed_at=None).values_list("scope", flat=True)
    assert set(kept) == {f"lane:{one.lane_key}" for one in removed}


def test_a_reconnect_forgets_who_told(crowd: Crowd) -> None:
    tell(crowd.connections[:1])
    one = Connection.objects.across_tenants().get(pk=crowd.connections[0].pk)
    assert one.partner_told

    one.resume()

    assert not one.partner_told
