"""What endpoints were told goes after a month; what could still be delivered again stays."""

from datetime import timedelta

import pytest

from apps.core import clock
from apps.core.egress import lookup
from apps.core.ids import uuid7
from apps.jobs import retention
from apps.jobs.models import Job
from apps.tenants.models import Tenant
from apps.webhooks.models import Delivery, Endpoint
from apps.webhooks.outbound.actions import keep
from apps.webhooks.outbound.actions.deliver import send
from apps.webhooks.outbound.choices import DeliveryState
from tests.hooks import make_endpoint
from tests.make import make_tenant

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme(monkeypatch: pytest.MonkeyPatch) -> Tenant:
    """Alice's tenant."""
    monkeypatch.setattr(lookup, "ask_system", lambda _: ["8.8.8.8"])
    return make_tenant()[0]


def tell(endpoint: Endpoint, state: DeliveryState) -> Delivery:
    """Let an endpoint have a delivery in a state."""
    at = clock.now()
    one = Delivery(
        tenant_id=endpoint.tenant_id,
        endpoint=endpoint,
        event=uuid7(),
        type="connection.paused",
        event_at=at,
        body="{}",
        job=uuid7(),
        created_at=at,
    )
    send([one], {endpoint.pk: endpoint}, origins={}, at=at)
    if state != DeliveryState.WAITING:
        Delivery.objects.across_tenants().filter(pk=one.pk).update(state=state, ended_at=at)
    return one


def prune(after: timedelta) -> None:
    """Prune, so much later."""
    retention.prune(at=clock.now() + after, real_at=clock.real_now() + after)


def test_only_what_nobody_needs_goes(acme: Tenant) -> None:
    endpoint, _ = make_endpoint(acme, "https://hooks.acme.test/")
    told, waiting, failed, orphan = (
        tell(endpoint, state)
        for state in (
            DeliveryState.DELIVERED,
            DeliveryState.WAITING,
            DeliveryState.FAILED,
            DeliveryState.FAILED,
        )
    )
    Job.objects.across_tenants().filter(pk=orphan.job).delete()

    prune(timedelta(days=29))
    young = Delivery.objects.across_tenants().count()
    prune(timedelta(days=31))

    left = set(Delivery.objects.across_tenants().values_list("pk", flat=True))
    assert (young, left) == (4, {waiting.pk, failed.pk})
    assert told.pk not in left


def test_a_removed_endpoint_goes_with_the_last_that_it_was_told(acme: Tenant) -> None:
    kept, _ = make_endpoint(acme, "https://a.acme.test/")
    removed, _ = make_endpoint(acme, "https://b.acme.test/")
    tell(removed, DeliveryState.WAITING)
    keep.remove(removed.pk, tenant=acme.pk, actor="user:alice", at=clock.now())

    prune(timedelta(days=29))
    before = Endpoint.objects.across_tenants().count()
    prune(timedelta(days=31))

    assert before == 2
    assert list(Endpoint.objects.across_tenants()) == [kept]
