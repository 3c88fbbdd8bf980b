"""Acme's people keep their webhooks on pages of their own; what only admins may do nobody else can."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.core import clock
from apps.events.models import Event
from apps.jobs.pump import Pump
from apps.tenants.choices import Role
from apps.tenants.models import Membership, Tenant, User
from apps.webhooks.models import Endpoint
from apps.webhooks.outbound.actions.deliver import send_test
from apps.webhooks.outbound.actions.pause import pause
from apps.webhooks.outbound.choices import DeliveryState, PausedFor
from tests.browsers import signed_in
from tests.hooks import deliveries, fresh, happen, make_endpoint
from tests.make import make_tenant
from tests.receivers import Receiver, Say, serving

pytestmark = pytest.mark.django_db
KEY = "019a8c50-5c00-7000-8000-0000000000ff"


@pytest.fixture
def acme(settings: Any) -> Tenant:
    """Alice's tenant, on a machine that may call itself."""
    settings.EGRESS_LOOPBACK = True
    return make_tenant()[0]


def member(tenant: Tenant, email: str, role: Role) -> Client:
    """Let somebody work there, and open a browser for them."""
    user = User.objects.create_user(email, "secret")
    Membership.objects.create(tenant=tenant, user=user, role=role)
    return signed_in(email)


def page(name: str, endpoint: Endpoint, **more: Any) -> str:
    """Return the address of one of an endpoint's pages."""
    return reverse(name, kwargs={"slug": "acme", "endpoint_id": endpoint.pk, **more})


def test_a_secret_is_shown_once_however_often_the_form_is_sent(acme: Tenant) -> None:
    alice, said = signed_in("alice@acme.test"), {"url": "http://127.0.0.1:9/in", "hears": ["*"], "key": KEY}

    first, again = (alice.post("/t/acme/webhooks/add/", said).content.decode() for _ in range(2))

    kept = Endpoint.objects.for_tenant(acme.pk).get()
    assert kept.current_secret() in first
    assert kept.current_secret() in again
    assert kept.current_secret() not in alice.get(page("webhook", kept)).content.decode()


def test_what_another_box_asks_for_anyway_is_asked_for_once(acme: Tenant) -> None:
    boxes = ["connection.*", "connection.paused", "job.succeeded"]

    signed_in("alice@acme.test").post("/t/acme/webhooks/add/", {"url": "http://127.0.0.1:9/", "hears": boxes})

    assert Endpoint.objects.for_tenant(acme.pk).get().event_types == ["connection.*", "job.succeeded"]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"url": "https://169.254.169.254/latest", "hears": "*"}, "not an address of the public internet"),
        ({"url": "http://hooks.acme.test/", "hears": "*"}, "Use https"),
        ({"url": "", "hears": "*"}, "Say where to send to"),
        ({"url": "http://127.0.0.1:9/"}, "Tick what it shall hear of"),
        ({"url": "http://127.0.0.1:9/", "hears": "made.up"}, "made.up is not one of the available choices"),
        ({"url": "http://127.0.0.1:9/", "hears": "*", "description": "x" * 201}, "200 characters at most"),
    ],
)
def test_what_cannot_be_kept_is_said_beside_its_field(acme: Tenant, said: Any, words: str) -> None:
    answer = signed_in("alice@acme.test").post("/t/acme/webhooks/add/", said)

    assert (answer.status_code, words in answer.content.decode()) == (422, True)
    assert 'aria-invalid="true"' in answer.content.decode() or "hears-why" in answer.content.decode()
    assert not Endpoint.objects.for_tenant(acme.pk).exists()


def test_it_is_changed_and_keeps_what_the_page_does_not_show(acme: Tenant) -> None:
    endpoint, _ = make_endpoint(acme, "http://127.0.0.1:9/in", "schedule.*", "job.failed")
    alice = signed_in("alice@acme.test")
    form = alice.get(page("webhook_change", endpoint)).content.decode()
    boxes = [value for value in ("schedule.*", "job.failed") if f'value="{value}" checked' in form]

    alice.post(page("webhook_change", endpoint), {"url": "http://127.0.0.1:9/new", "hears": boxes})

    assert (fresh(endpoint.pk).url, fresh(endpoint.pk).event_types) == (
        "http://127.0.0.1:9/new",
        ["schedule.*", "job.failed"],
    )


def test_a_new_secret_is_asked_for_shown_and_made_once(acme: Tenant) -> None:
    endpoint, first = make_endpoint(acme, "http://127.0.0.1:9/in")
    alice = signed_in("alice@acme.test")

    asked = alice.get(page("webhook_secret", endpoint))
    untouched = fresh(endpoint.pk).current_secret()
    made = [alice.post(page("webhook_secret", endpoint), {"key": KEY}).content.decode() for _ in range(2)]

    live = fresh(endpoint.pk).live_secrets(clock.now())
    assert (asked.status_code, untouched, live[1]) == (200, first, first)
    assert all(live[0] in one and first not in one for one in made)


def test_a_test_is_sent_once_and_its_answer_stands_there(acme: Tenant, pump: Pump) -> None:
    with serving(Receiver()) as receiver:
        endpoint, _ = make_endpoint(acme, receiver.url)
        receiver.otherwise = Say(500, body=b"<script>oops</script>")
        alice = signed_in("alice@acme.test")
        for _ in range(2):
            alice.post(page("webhook_test", endpoint), {"key": KEY})
        waiting = alice.get(page("webhook", endpoint)).content.decode()
        pump.drain()

    shown = alice.get(page("webhook", endpoint)).content.decode()
    assert len(receiver.taken) == 1
    assert ('http-equiv="refresh"' in waiting, 'http-equiv="refresh"' in shown) == (True, False)
    assert "Somebody pressed the test button." in shown
    assert "It answered 500." in shown
    assert "&lt;script&gt;oops" in shown


def test_a_paused_one_goes_on_with_what_waited_and_what_was_given_up(acme: Tenant, pump: Pump) -> None:
    with serving(Receiver()) as receiver:
        receiver.otherwise = Say(401)
        endpoint, _ = make_endpoint(acme, receiver.url)
        alice = signed_in("alice@acme.test")
        happen(acme)
        pump.drain()
        for _ in range(12):
            clock.travel(timedelta(hours=9))
            pump.drain()
        alice.post(page("webhook_pause", endpoint))
        happen(acme)
        pump.drain()
        before = alice.get(page("webhook", endpoint)).content.decode()
        receiver.otherwise = Say()
        alice.post(page("webhook_resume", endpoint), {"again": "on"})
        pump.drain()
        pump.drain()

    assert "We tried 8 times. It answered 401." in before
    assert "1 event waits and goes out when you resume." in before
    assert "Deliver again 1 that was not taken" in before
    assert {one.state for one in deliveries(endpoint)} == {DeliveryState.DELIVERED}


def test_one_that_was_taken_is_delivered_again_by_an_operator(acme: Tenant, pump: Pump) -> None:
    with serving(Receiver()) as receiver:
        endpoint, _ = make_endpoint(acme, receiver.url)
        happen(acme)
        pump.drain()
        bob = member(acme, "bob@acme.test", Role.OPERATOR)
        bob.post(page("webhook_again", endpoint, delivery=deliveries(endpoint)[0].pk))
        pump.drain()

    assert [one.headers["webhook-id"] for one in receiver.taken].count(
        deliveries(endpoint)[0].message_id
    ) == 2


def test_removing_asks_first(acme: Tenant) -> None:
    endpoint, _ = make_endpoint(acme, "http://127.0.0.1:9/in")
    alice = signed_in("alice@acme.test")

    asked = alice.get(page("webhook_remove", endpoint)).content.decode()
    there = fresh(endpoint.pk).removed_at
    alice.post(page("webhook_remove", endpoint))

    assert ("Its secret is erased" in asked, there) == (True, None)
    assert fresh(endpoint.pk).removed_at is not None
    assert alice.get(page("webhook", endpoint)).status_code == 404


@pytest.mark.parametrize(
    ("role", "allowed"), [(Role.VIEWER, set()), (Role.OPERATOR, {"webhook_test", "webhook_again"})]
)
def test_only_admins_decide_where_data_goes(role: Role, allowed: set[str], acme: Tenant) -> None:
    endpoint, _ = make_endpoint(acme, "http://127.0.0.1:9/in")
    pause(endpoint.pk, why=PausedFor.GONE, actor="system:webhooks", at=clock.now())
    told, _ = send_test(endpoint.pk, tenant=acme.pk, actor="user:alice", at=clock.now())
    bob = member(acme, "bob@acme.test", role)
    acts = ("change", "secret", "remove", "test", "pause", "resume", "again")
    before = Event.objects.exclude(verb="webhook.tested").count()

    answers = {
        f"webhook_{act}": bob.post(
            page(f"webhook_{act}", endpoint, **({"delivery": told.pk} if act == "again" else {})),
            {"url": "http://127.0.0.1:9/bobs", "hears": "*"},
        ).status_code
        for act in acts
    }
    shown = bob.get(page("webhook", endpoint)).content.decode()

    assert bob.post("/t/acme/webhooks/add/", {"url": "http://127.0.0.1:9/", "hears": "*"}).status_code == 404
    assert {name for name, status in answers.items() if status != 404} == allowed
    assert Event.objects.exclude(verb="webhook.tested").count() == before
    assert ("said that it is gone" in shown, "Resume" in shown, "New secret" in shown) == (True, False, False)
    assert bob.get("/t/acme/webhooks/").status_code == 200
