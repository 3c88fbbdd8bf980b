"""Whatever a receiver does, nothing is lost, ids stay, and people are told once; time is moved, nobody waits."""

import json
import signal
import threading
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from apps.core import clock
from apps.core.egress import lookup
from apps.errors.codes import ErrorCode
from apps.jobs.choices import DeadLetterReason, JobState
from apps.jobs.explain import explain
from apps.jobs.models import Attempt, DeadLetter, Job
from apps.jobs.pump import Pump
from apps.jobs.sweep import sweep
from apps.notifications.models import Notice
from apps.recovery import filters
from apps.recovery.actions import operate
from apps.recovery.models import Incident
from apps.recovery.watch import look
from apps.tenants.models import Tenant
from apps.webhooks.outbound import sending
from apps.webhooks.outbound.actions.resume import resume
from apps.webhooks.outbound.choices import DeliveryState, EndpointState, PausedFor
from tests.faults.forks import end_leases, work
from tests.following import follow
from tests.hooks import deliveries, fresh, happen, make_endpoint
from tests.receivers import Receiver, Say, serving


@pytest.fixture(autouse=True)
def _mail(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def pass_time(pump: Pump, step: timedelta, times: int = 1) -> None:
    """Let the clock go on and everything that is due happen."""
    for _ in range(times):
        clock.travel(step)
        pump.drain()
        follow()


def ids(receiver: Receiver) -> Counter[str]:
    """How often each message came."""
    return Counter(one.headers["webhook-id"] for one in receiver.taken)


def letters() -> list[DeadLetter]:
    """Open dead letters."""
    return list(DeadLetter.objects.across_tenants().filter(resolved_at=None))


def states(endpoint: Any) -> set[str]:
    """What became of its deliveries."""
    return {one.state for one in deliveries(endpoint)}


def notices() -> list[str]:
    """What Acme's people were told."""
    follow()
    return list(Notice.objects.across_tenants().order_by("id").values_list("subject", flat=True))


def test_half_an_hour_without_a_receiver_loses_nothing_and_bothers_nobody(
    acme: Tenant, pump: Pump, receiver: Receiver
) -> None:
    with serving(Receiver()) as gone:
        port, url = gone.server_port, gone.url
    endpoint, _ = make_endpoint(acme, url)
    happen(acme, times=10)
    pump.drain()
    pass_time(pump, timedelta(minutes=10), 3)
    failing = fresh(endpoint.pk).failing_since

    with serving(Receiver(port)) as back:
        pass_time(pump, timedelta(minutes=10), 4)

    said = [json.loads(one.body) for one in back.taken]
    assert failing is not None
    assert sorted(one["sequence"] for one in said) == list(range(1, 11))
    assert {one["time"] for one in said} == {json.loads(one.body)["time"] for one in deliveries(endpoint)}
    assert (set(ids(back).values()), states(endpoint)) == ({1}, {DeliveryState.DELIVERED})
    assert (notices(), letters(), fresh(endpoint.pk).failing_since) == ([], [], None)


def test_a_flapping_receiver_gets_everything(acme: Tenant, pump: Pump, receiver: Receiver) -> None:
    endpoint, _ = make_endpoint(acme, receiver.url)
    receiver.says = [Say(502), Say(), Say(500, body=b"<h1>oops</h1>"), Say(), Say(404)] * 4
    happen(acme, times=12)
    pump.drain()

    pass_time(pump, timedelta(minutes=15), 6)

    assert (len(ids(receiver)), states(endpoint)) == (12, {DeliveryState.DELIVERED})
    assert (notices(), letters()) == ([], [])


def test_a_slow_receiver_is_told_again_and_knows_it_by_the_id(
    acme: Tenant, pump: Pump, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "TIME_LIMIT", 0.3)
    hangs = threading.Event()
    receiver.says = [Say(wait=hangs)]
    endpoint, _ = make_endpoint(acme, receiver.url)
    happen(acme)

    pump.drain()
    pass_time(pump, timedelta(minutes=1))
    hangs.set()

    assert list(ids(receiver).values()) == [2]
    assert states(endpoint) == {DeliveryState.DELIVERED}
    first = Attempt.objects.order_by("number").first()
    assert first is not None
    assert (first.outcome, first.error_code) == ("unknown", ErrorCode.NETWORK_TIMEOUT)


def test_a_receiver_that_is_gone_is_paused_at_once_with_one_notice(
    acme: Tenant, pump: Pump, receiver: Receiver
) -> None:
    endpoint, _ = make_endpoint(acme, receiver.url)
    receiver.otherwise = Say(410)
    happen(acme, times=3)
    pump.drain()
    asked = len(receiver.taken)
    happen(acme)
    pass_time(pump, timedelta(hours=6), 3)
    paused, waits = fresh(endpoint.pk), Job.objects.across_tenants().filter(kind="webhook_delivery").last()
    assert waits is not None
    sentence = explain(waits, at=clock.now()).sentence
    told = notices()

    receiver.otherwise = Say()
    resume(endpoint.pk, actor="user:alice", at=clock.now())
    pump.drain()

    assert (paused.state, paused.paused_for) == (EndpointState.PAUSED, PausedFor.GONE)
    assert "gone (410)" in sentence
    assert asked == 3
    assert told == ["We stopped sending to your webhook"]
    assert (len(ids(receiver)), states(endpoint), letters()) == (4, {DeliveryState.DELIVERED}, [])
    assert {one.attempts for one in Job.objects.across_tenants().filter(kind="webhook_delivery")} == {0}


def test_retry_after_is_obeyed_by_everything_that_waits_for_the_receiver(
    acme: Tenant, pump: Pump, receiver: Receiver
) -> None:
    endpoint, _ = make_endpoint(acme, receiver.url)
    receiver.says = [Say(429, {"Retry-After": "600"})]
    happen(acme)
    pump.drain()
    happen(acme, times=3)
    pass_time(pump, timedelta(seconds=595))
    early = len(receiver.taken)

    pass_time(pump, timedelta(seconds=10))

    job = Job.objects.across_tenants().filter(kind="webhook_delivery").order_by("id").first()
    assert job is not None
    assert early == 1
    assert (states(endpoint), len(ids(receiver))) == ({DeliveryState.DELIVERED}, 4)
    assert job.attempts == 0  # being asked to wait burns nothing


def test_a_hint_of_503_is_obeyed_when_it_is_longer(acme: Tenant, pump: Pump, receiver: Receiver) -> None:
    endpoint, _ = make_endpoint(acme, receiver.url)
    receiver.says = [Say(503, {"Retry-After": "3600"})]
    happen(acme)
    pump.drain()
    pass_time(pump, timedelta(minutes=55))
    early = len(receiver.taken)

    pass_time(pump, timedelta(minutes=6))

    assert (early, states(endpoint)) == (1, {DeliveryState.DELIVERED})


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_leads_nowhere(status: int, acme: Tenant, pump: Pump, receiver: Receiver) -> None:
    with serving(Receiver()) as inside:
        endpoint, _ = make_endpoint(acme, receiver.url)
        receiver.says = [Say(status, {"Location": inside.url})]
        happen(acme)
        pump.drain()
        pass_time(pump, timedelta(minutes=1))

    assert inside.taken == []
    assert (len(receiver.taken), states(endpoint)) == (2, {DeliveryState.DELIVERED})


def test_a_name_that_turns_inside_is_sent_nothing(
    acme: Tenant, pump: Pump, receiver: Receiver, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EGRESS_LOOPBACK = False
    settings.EGRESS_PORTS = [receiver.server_port]
    said = ["8.8.8.8"]
    monkeypatch.setattr(lookup, "ask_system", lambda _: list(said))
    make_endpoint(acme, f"https://hooks.acme.test:{receiver.server_port}/in")
    said[:] = ["127.0.0.1"]
    happen(acme)

    pump.drain()

    attempt = Attempt.objects.get()
    assert receiver.taken == []
    assert (attempt.rule_id, attempt.sent_at, attempt.outcome) == ("system.egress", None, "failure")


def test_an_answer_of_any_size_and_dress_is_capped(acme: Tenant, pump: Pump, receiver: Receiver) -> None:
    endpoint, _ = make_endpoint(acme, receiver.url)
    receiver.says = [
        Say(500, {"Content-Encoding": "gzip"}, b"\x1f\x8b" + b"\x00" * 50_000),
        Say(200, {"Content-Type": "text/html"}, b"\xff\x00x" * 500_000),
    ]
    happen(acme, times=2)

    pump.drain()
    pass_time(pump, timedelta(minutes=1))

    kept = [one.evidence for one in Attempt.objects.all()]
    assert states(endpoint) == {DeliveryState.DELIVERED}
    assert max(map(len, kept)) <= sending.MOST_KEPT
    assert not any("\x00" in one for one in kept)


def test_five_days_of_nothing_but_failure(acme: Tenant, pump: Pump, receiver: Receiver) -> None:
    """Given up by dead letter, told at half and three quarters, then paused; and all of it can be delivered again."""
    endpoint, _ = make_endpoint(acme, receiver.url)
    receiver.otherwise = Say(401, body=b"who are you?")
    happen(acme)
    pump.drain()
    for day in range(10):
        pass_time(pump, timedelta(hours=6), 2)
        if day in {2, 5, 8}:
            happen(acme)
            pump.drain()
    pass_time(pump, timedelta(hours=6))
    paused, told, dead = fresh(endpoint.pk), notices(), letters()
    happen(acme)
    pump.drain()
    tried = len(receiver.taken)

    receiver.otherwise = Say()
    resume(endpoint.pk, actor="user:alice", at=clock.now())
    pump.drain()
    after_resume = {one.state for one in deliveries(endpoint)}
    asked = filters.check("redeliver", {"endpoints": [str(endpoint.pk)]}, {})
    operation, _ = operate.start(asked, tenant=acme.pk, actor="user:alice", at=clock.now())
    pump.drain()
    pump.drain()

    operation.refresh_from_db()
    assert (paused.state, paused.paused_for) == (EndpointState.PAUSED, PausedFor.FAILING)
    assert told == [
        "Your webhook takes nothing",
        "Your webhook takes nothing",
        "We stopped sending to your webhook",
    ]
    assert {(one.reason, one.retries, one.evidence) for one in dead} == {
        (DeadLetterReason.WEBHOOK_FAILURE, 8, "who are you?")
    }
    assert tried == len(receiver.taken) - 5
    assert after_resume == {DeliveryState.DELIVERED, DeliveryState.FAILED}
    assert (operation.state, operation.counts) == ("done", {"replayed": len(dead)})
    assert (states(endpoint), letters(), len(ids(receiver))) == ({DeliveryState.DELIVERED}, [], 5)
    assert {one.state for one in Job.objects.across_tenants().filter(kind="webhook_delivery")} == {
        JobState.SUCCEEDED,
        JobState.DEAD,
    }


def test_a_worker_that_dies_after_sending_is_followed_by_one_that_sends_again_under_the_same_id(
    acme: Tenant, pump: Pump, receiver: Receiver
) -> None:
    endpoint, _ = make_endpoint(acme, receiver.url)
    happen(acme)
    died_of = work(failpoint="after_send:kill")
    before = states(endpoint)
    end_leases()

    sweep()
    pump.drain()

    assert (died_of, before) == (-signal.SIGKILL, {DeliveryState.WAITING})
    assert states(endpoint) == {DeliveryState.DELIVERED}
    assert list(ids(receiver).values()) == [2]


def test_many_failing_receivers_are_nobodys_outage(acme: Tenant, pump: Pump, receiver: Receiver) -> None:
    make_endpoint(acme, receiver.url)
    receiver.otherwise = Say(400)
    happen(acme, times=25)
    pump.drain()

    opened = look(at=clock.now())

    assert (opened, Incident.objects.count()) == ([], 0)
