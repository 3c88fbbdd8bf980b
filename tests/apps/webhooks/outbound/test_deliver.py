"""The host product hears of everything it asked for, signed, at least once, under one id."""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction
from resend import Webhooks
from standardwebhooks.webhooks import Webhook

from apps.core import clock
from apps.core.ids import uuid7
from apps.events import log
from apps.events.models import Cursor, Event
from apps.jobs.actions.cancel import cancel
from apps.jobs.actions.replay import replay
from apps.jobs.models import DeadLetter, Job, Lane
from apps.jobs.pump import Pump
from apps.tenants.models import Tenant
from apps.webhooks.outbound import queries, subscribers
from apps.webhooks.outbound.actions import keep
from apps.webhooks.outbound.actions.deliver import StillUnderWay, redeliver, send_test
from apps.webhooks.outbound.actions.pause import pause
from apps.webhooks.outbound.choices import DeliveryState, PausedFor
from apps.webhooks.outbound.signing import headers
from tests.following import follow
from tests.hooks import deliveries, fresh, happen, make_endpoint
from tests.make import make_tenant
from tests.receivers import Receiver, Say, Taken


def verifies(taken: Taken, secret: str) -> bool:
    """Let a second library verify it, as if it had come a moment ago: one that shares no code with the first."""
    named = {name.lower(): value for name, value in taken.headers.items()}
    headers: Any = {name: named[f"webhook-{name}"] for name in ("id", "timestamp", "signature")}
    with time_machine.travel(int(headers["timestamp"]), tick=False):
        try:
            Webhooks.verify({"payload": taken.body.decode(), "headers": headers, "webhook_secret": secret})
        except ValueError:
            return False
    return True


def simple(taken: Taken) -> str:
    """The one signature for receivers that want no library."""
    return taken.headers["X-Reknit-Signature"]


def mac(secret: str, body: bytes) -> str:
    """What it should be: the key is the secret's text as it is shown."""
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


def test_an_event_arrives_signed_and_is_noted(acme: Tenant, pump: Pump, receiver: Receiver) -> None:
    endpoint, secret = make_endpoint(acme, receiver.url)
    happen(acme)

    pump.drain()

    (taken,) = receiver.taken
    said = Webhook(secret).verify(taken.body.decode(), dict(taken.headers))
    assert verifies(taken, secret)
    assert simple(taken) == mac(secret, taken.body)
    assert (said["type"], said["sequence"], said["tenant"]) == ("connection.paused", 1, str(acme.pk))
    assert said["data"] == {
        "connection": "019a8c50-5c00-7000-8000-000000000001",
        "code": "AUTH_INVALID",
        "rule": "meta.190",
        "by": "auto",
    }
    (delivery,) = deliveries(endpoint)
    assert (delivery.state, taken.headers["webhook-id"]) == (DeliveryState.DELIVERED, said["id"])
    assert Event.objects.filter(verb="webhook.delivered", tenant=acme.pk).count() == 1


def test_signs_as_the_reference_vector_of_the_specification() -> None:
    """The vector that Standard Webhooks' own libraries are tested with."""
    at = datetime.fromtimestamp(1614265330, tz=UTC)
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    signed = headers("msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}', [secret], at)

    assert signed["webhook-timestamp"] == "1614265330"
    assert signed["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_one_changed_byte_is_noticed(acme: Tenant, pump: Pump, receiver: Receiver) -> None:
    _, secret = make_endpoint(acme, receiver.url)
    happen(acme)
    pump.drain()
    (taken,) = receiver.taken

    changed = Taken(taken.path, taken.headers, taken.body.replace(b"paused", b"pausfd"))

    assert not verifies(changed, secret)
    assert simple(changed) != mac(secret, changed.body)


def test_both_secrets_sign_while_they_are_exchanged(acme: Tenant, pump: Pump, receiver: Receiver) -> None:
    endpoint, first = make_endpoint(acme, receiver.url)
    second = keep.rotate(endpoint.pk, tenant=acme.pk, actor="user:alice", at=clock.now()).secret
    happen(acme)
    pump.drain()
    clock.travel(timedelta(hours=25))
    happen(acme)
    pump.drain()

    during, after = receiver.taken

    assert [verifies(during, one) for one in (first, second)] == [True, True]
    assert Webhook(first).verify(during.body.decode(), dict(during.headers))
    assert Webhook(second).verify(during.body.decode(), dict(during.headers))
    assert simple(during) == mac(second, during.body)
    assert [verifies(after, one) for one in (first, second)] == [False, True]


def test_a_repeated_rotation_ends_nobodys_secret(acme: Tenant, receiver: Receiver) -> None:
    endpoint, first = make_endpoint(acme, receiver.url)
    once, twice = (
        keep.rotate(endpoint.pk, tenant=acme.pk, actor="user:alice", at=clock.now(), idempotency_key="k")
        for _ in range(2)
    )

    assert once.secret == twice.secret
    assert fresh(endpoint.pk).live_secrets(clock.now()) == [once.secret, first]


def test_a_secret_that_signs_no_more_is_erased(acme: Tenant, receiver: Receiver) -> None:
    endpoint, _ = make_endpoint(acme, receiver.url)
    rotated = keep.rotate(endpoint.pk, tenant=acme.pk, actor="user:alice", at=clock.now())

    early = keep.forget_secrets(at=clock.now())
    clock.travel(timedelta(hours=25))
    keep.forget_secrets(at=clock.now())

    stored = fresh(endpoint.pk)
    assert (early, stored.previous_secret) == (0, "")
    assert stored.live_secrets(clock.now()) == [rotated.secret]


def test_secrets_are_not_in_the_database(acme: Tenant, receiver: Receiver) -> None:
    endpoint, secret = make_endpoint(acme, receiver.url)

    stored = fresh(endpoint.pk)

    assert secret not in stored.secret
    assert stored.current_secret() == secret


def test_only_what_was_asked_for_arrives(acme: Tenant, pump: Pump, receiver: Receiver) -> None:
    make_endpoint(acme, receiver.url, "connection.paused", "breaker.*")
    globex, _ = make_tenant("Globex", "charlie@globex.test")
    happen(acme, "connection.connected", data={})
    happen(acme, "breaker.closed", data={"until": "", "rests": 0})
    happen(globex)
    happen(None, "incident.opened", data={"platform": "meta", "family": "availability"})

    pump.drain()

    assert [json.loads(one.body)["type"] for one in receiver.taken] == ["breaker.closed"]


def test_nothing_tells_of_its_own_telling(acme: Tenant, pump: Pump, receiver: Receiver) -> None:
    endpoint, _ = make_endpoint(acme, receiver.url, "*")
    receiver.says = [Say(500)] * 6  # its breaker opens as well
    happen(acme, times=6)

    for _ in range(4):
        pump.drain()
        follow()
        clock.travel(timedelta(minutes=20))

    verbs = set(Event.objects.filter(tenant=acme.pk).values_list("verb", flat=True))
    assert {"error.classified", "error.retry_scheduled", "breaker.opened", "job.succeeded"} <= verbs
    assert {one.type for one in deliveries(endpoint)} == {"connection.paused"}


def test_the_log_read_again_tells_nobody_twice(acme: Tenant, pump: Pump, receiver: Receiver) -> None:
    endpoint, _ = make_endpoint(acme, receiver.url)
    happen(acme, times=3)
    pump.drain()
    Cursor.objects.filter(name="webhooks.deliveries").update(cursor="")
    happen(acme)

    pump.drain()

    said = [json.loads(one.body) for one in receiver.taken]
    assert sorted(one["sequence"] for one in said) == [1, 2, 3, 4]
    assert len({one["id"] for one in said}) == 4
    assert fresh(endpoint.pk).sequence == 4


def test_an_endpoint_hears_nothing_of_the_time_before_it(
    acme: Tenant, pump: Pump, receiver: Receiver
) -> None:
    with transaction.atomic():
        subject = f"connection:{uuid7()}"
        log.record("connection.paused", tenant=acme.pk, subject=subject, actor="a", at=clock.now())
    endpoint, _ = make_endpoint(acme, receiver.url)

    follow()

    assert deliveries(endpoint) == []


def test_the_test_button_reaches_a_paused_endpoint_once(acme: Tenant, pump: Pump, receiver: Receiver) -> None:
    endpoint, secret = make_endpoint(acme, receiver.url)
    pause(endpoint.pk, why=PausedFor.BY_HAND, actor="user:alice", at=clock.now())
    happen(acme)
    for _ in range(2):
        send_test(endpoint.pk, tenant=acme.pk, actor="user:alice", at=clock.now(), idempotency_key="t")
    receiver.says = [Say(500)]

    pump.drain()
    clock.travel(timedelta(minutes=10))
    pump.drain()

    (taken,) = receiver.taken
    waiting, test = deliveries(endpoint)
    assert json.loads(taken.body)["type"] == "test.ping"
    assert (waiting.state, test.state) == (DeliveryState.WAITING, DeliveryState.FAILED)
    assert verifies(taken, secret)


def test_what_was_delivered_can_be_delivered_again_under_the_same_id(
    acme: Tenant, pump: Pump, receiver: Receiver
) -> None:
    endpoint, _ = make_endpoint(acme, receiver.url)
    happen(acme)
    pump.drain()
    (delivery,) = deliveries(endpoint)

    redeliver(delivery.pk, tenant=acme.pk, actor="user:alice", at=clock.now())
    with pytest.raises(StillUnderWay):
        redeliver(delivery.pk, tenant=acme.pk, actor="user:alice", at=clock.now())
    pump.drain()

    first, second = receiver.taken
    assert (first.body, first.headers["webhook-id"]) == (second.body, second.headers["webhook-id"])
    assert deliveries(endpoint)[0].state == DeliveryState.DELIVERED


def test_a_removed_endpoint_is_sent_nothing_more_and_has_no_secret(
    acme: Tenant, pump: Pump, receiver: Receiver
) -> None:
    endpoint, _ = make_endpoint(acme, receiver.url)
    receiver.says = [Say(500)]
    happen(acme)
    pump.drain()

    keep.remove(endpoint.pk, tenant=acme.pk, actor="user:alice", at=clock.now())
    happen(acme)
    clock.travel(timedelta(days=1))
    pump.drain()

    gone = fresh(endpoint.pk)
    assert (len(receiver.taken), gone.secret, gone.previous_secret) == (1, "", "")
    assert [one.state for one in deliveries(endpoint)] == [DeliveryState.DROPPED]
    assert not Job.objects.across_tenants().filter(kind="webhook_delivery", finished_at=None).exists()


def test_a_cancelled_delivery_is_dropped_and_can_be_sent_all_the_same(
    acme: Tenant, pump: Pump, receiver: Receiver
) -> None:
    endpoint, _ = make_endpoint(acme, receiver.url)
    happen(acme)
    (delivery,) = deliveries(endpoint)

    cancel(delivery.job, tenant=acme.pk, actor="user:alice", at=clock.now())
    (dropped,) = deliveries(endpoint)
    redeliver(delivery.pk, tenant=acme.pk, actor="user:alice", at=clock.now())
    pump.drain()

    assert dropped.state == DeliveryState.DROPPED
    assert (len(receiver.taken), deliveries(endpoint)[0].state) == (1, DeliveryState.DELIVERED)


def test_a_dead_letter_that_is_replayed_past_us_is_followed(
    acme: Tenant, pump: Pump, receiver: Receiver
) -> None:
    receiver.otherwise = Say(500)
    endpoint, _ = make_endpoint(acme, receiver.url)
    happen(acme)
    pump.drain()
    for _ in range(12):
        clock.travel(timedelta(hours=13))
        pump.drain()
    (letter,) = DeadLetter.objects.for_tenant(acme.pk)
    receiver.otherwise = Say()

    replay(letter.pk, tenant=acme.pk, actor="user:alice", at=clock.now())
    (waiting,) = queries.follow(deliveries(endpoint), at=clock.now())
    with pytest.raises(StillUnderWay):
        redeliver(waiting.delivery.pk, tenant=acme.pk, actor="user:alice", at=clock.now())
    pump.drain()

    (done,) = queries.follow(deliveries(endpoint), at=clock.now())
    assert waiting.job is not None
    assert done.job is not None
    assert (waiting.job.state, waiting.job.parent) == ("queued", letter.job_id)
    assert (done.delivery.state, done.job.pk) == (DeliveryState.DELIVERED, waiting.job.pk)


def test_deliveries_share_a_lane_of_eight(acme: Tenant, receiver: Receiver) -> None:
    endpoint, _ = make_endpoint(acme, receiver.url)
    happen(acme, times=2)

    lane = Lane.objects.across_tenants().get(key=f"endpoint:{endpoint.pk}")

    assert (lane.concurrency, lane.platform, lane.tenant_id) == (8, "http", acme.pk)


def test_no_type_about_webhooks_goes_out() -> None:
    assert not [verb for verb in subscribers.VERBS if verb.startswith("webhook.")]
