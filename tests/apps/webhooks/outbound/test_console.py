"""Operations look at endpoints and deliveries, try, pause, resume and deliver again; who may only look cannot."""

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from apps.events.models import Event
from apps.jobs.pump import Pump
from apps.tenants.models import Tenant, User
from apps.webhooks.models import Endpoint
from apps.webhooks.outbound.choices import DeliveryState
from tests.browsers import signed_in
from tests.hooks import deliveries, fresh, happen, make_endpoint
from tests.receivers import Receiver, Say

LIST = "/admin/webhooks/endpoint/"


def staff(group: str) -> Client:
    """A member of the operations staff, of one group."""
    user = User.objects.create_user(f"{group}@reknit.test", is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    return signed_in(user.email)


def press(browser: Client, endpoint: Endpoint, action: str) -> Any:
    """Tick an endpoint and choose an action."""
    return browser.post(LIST, {"action": action, "_selected_action": [str(endpoint.pk)]})


@pytest.fixture
def endpoint(acme: Tenant, receiver: Receiver) -> Endpoint:
    """Acme's endpoint."""
    return make_endpoint(acme, receiver.url)[0]


def test_an_operator_pauses_resumes_and_tries(endpoint: Endpoint, pump: Pump, receiver: Receiver) -> None:
    olga = staff("operator")

    press(olga, endpoint, "pause_selected")
    paused = fresh(endpoint.pk)
    press(olga, endpoint, "test_selected")
    pump.drain()
    press(olga, endpoint, "resume_selected")

    told = Event.objects.filter(verb__in=["webhook.paused", "webhook.tested", "webhook.resumed"])
    assert (paused.is_active, fresh(endpoint.pk).is_active, len(receiver.taken)) == (False, True, 1)
    assert [one.actor.partition(":")[0] for one in told] == ["staff"] * 3


def test_an_operator_delivers_again_after_a_look_at_the_plan(
    acme: Tenant, endpoint: Endpoint, pump: Pump, receiver: Receiver
) -> None:
    happen(acme, times=2)
    pump.drain()
    olga, rows = staff("operator"), deliveries(endpoint)

    plan = olga.post(
        "/admin/webhooks/delivery/",
        {"action": "redeliver_selected", "_selected_action": [str(one.pk) for one in rows]},
    )
    looked = olga.get(plan.url)
    olga.post(plan.url)
    pump.drain()
    pump.drain()

    assert "Deliver events again: 2?" in looked.content.decode()
    assert len(receiver.taken) == 4
    assert {one.state for one in deliveries(endpoint)} == {DeliveryState.DELIVERED}


def test_a_viewer_sees_the_tries_and_has_no_buttons(
    acme: Tenant, endpoint: Endpoint, pump: Pump, receiver: Receiver
) -> None:
    receiver.says = [Say(503, body=b"<b>back soon</b>")]
    happen(acme)
    pump.drain()
    vera, (one,) = staff("viewer"), deliveries(endpoint)

    page = vera.get(f"/admin/webhooks/delivery/{one.pk}/change/").content.decode()
    listed = vera.get(LIST).content.decode()
    press(vera, endpoint, "pause_selected")

    assert "&lt;b&gt;back soon&lt;/b&gt;" in page
    assert ("pause_selected" in listed, fresh(endpoint.pk).is_active) == (False, True)
    assert vera.get(f"{LIST}{endpoint.pk}/change/").status_code == 200
    assert "whsec_" not in vera.get(f"{LIST}{endpoint.pk}/change/").content.decode()
