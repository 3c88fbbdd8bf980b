"""What happens is told to host products of every sort while workers are killed: nothing is lost, and ids stay."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from random import Random
from uuid import uuid4

from django.db import transaction
from django.test import override_settings

from apps.core import clock
from apps.events import log
from apps.events.models import Event
from apps.jobs.models import Attempt
from apps.notifications.models import Notice
from apps.tenants.scoping import TenantQuerySet
from apps.webhooks.catalogue.payload import rfc3339
from apps.webhooks.models import Delivery, Endpoint
from apps.webhooks.outbound.actions import keep
from apps.webhooks.outbound.actions.resume import resume
from apps.webhooks.outbound.choices import DeliveryState
from apps.webhooks.outbound.lanes import AT_ONCE
from config.stack.stack import Stack
from tests.faults.campaign.chaos import Chaos, kill_beat, kill_control, kill_worker
from tests.faults.campaign.judge import Verdict
from tests.faults.campaign.takers import (
    Gone,
    Taker,
    busy,
    flapping,
    listening,
    redirecting,
    slow,
    steady,
)
from tests.make import make_tenant

# Waits are as they are in production; time is moved instead.
STEPS, STEP, EVERY = 15, timedelta(minutes=2), 3.0  # half an hour, in three quarters of a minute
LATER = timedelta(minutes=5)
PATIENCE = 240.0  # seconds after the last blow: a lease runs in real time
STOPPED = "We stopped sending to your webhook"


def run(seed: int, count: int, stack: Stack) -> tuple[list[Verdict], list[str]]:
    """Let as much happen, and judge each receiver; return the verdicts and what the table has no column for."""
    rng = Random(f"{seed}:outgoing")
    trap, gone = Taker("trap", steady), Gone()
    takers = [
        Taker("steady", steady),
        Taker("down", steady),
        Taker("flapping", flapping(rng)),
        Taker("slow", slow(rng)),
        Taker("gone", gone),
        Taker("busy", busy(rng)),
        Taker("redirecting", redirecting(trap)),
    ]
    down = takers[1]
    blows = Chaos(stack, rng, (kill_worker, kill_worker, kill_control, kill_beat))
    with override_settings(TIME_TRAVEL=True, EGRESS_LOOPBACK=True), ExitStack() as later:
        later.enter_context(listening([trap, *(one for one in takers if one is not down)]))
        endpoints = {one.name: _subscribe(one) for one in takers}
        blows.begin()
        told = _let_happen(list(endpoints.values()), count)
        blows.end()
        later.enter_context(listening([down]))
        asked = takers[4].asked.total()
        gone.back = True
        resume(endpoints["gone"].pk, actor="user:alice", at=clock.now())
        seconds = _wait()
        kills = blows.struck.count("kill_worker")
        wrong = {one.name: _troubles(one, endpoints[one.name], told[one.name]) for one in takers}
        if asked > AT_ONCE * (kills + 1):
            wrong["gone"].append(f"it said that it is gone, and was asked {asked} times")
        if trap.asked:
            wrong["redirecting"].append("what it sent inside went there")
        verdicts = [
            _verdict(seed, one, endpoints[one.name], told[one.name], wrong[one.name]) for one in takers
        ]
    again = {one.name: one.asked.total() - len(one.asked) for one in takers}
    lines = [
        f"struck: {', '.join(blows.struck)}; the last was taken {seconds:.0f} s after the last blow",
        f"asked again: {again}",
        *(f"{name}: {words}" for name, found in wrong.items() for words in found),
    ]
    return verdicts, lines


def _subscribe(taker: Taker) -> Endpoint:
    tenant, _ = make_tenant(f"Host {taker.name}", f"alice@{taker.name}.test")
    said = {"url": taker.url, "event_types": ["connection.*"], "description": taker.name}
    made = keep.create(said, tenant=tenant.pk, actor="user:alice", at=clock.now())
    taker.secret = made.secret
    return made.endpoint


def _let_happen(endpoints: Sequence[Endpoint], count: int) -> Mapping[str, Mapping[str, str]]:
    """Let it happen in equal parts, and time go on; return what each must hear of: the times by message."""
    times: dict[str, datetime] = {}
    for step in range(STEPS):
        for number in range(step * count // STEPS, (step + 1) * count // STEPS):
            _happen(endpoints[number % len(endpoints)], times)
        clock.travel(STEP)
        time.sleep(EVERY)
    told: dict[str, dict[str, str]] = {one.description: {} for one in endpoints}
    names = {one.tenant_id: one.description for one in endpoints}
    for event in Event.objects.filter(subject__in=times):
        told[names[event.tenant]][f"evt_{event.pk.hex}"] = rfc3339(times[event.subject])
    return told


@transaction.atomic
def _happen(endpoint: Endpoint, times: dict[str, datetime]) -> None:
    subject, at = f"connection:{uuid4()}", clock.now()
    data = {"code": "AUTH_INVALID", "rule": "meta.190", "by": "auto"}
    log.record(
        "connection.paused", tenant=endpoint.tenant_id, subject=subject, actor="system:a", at=at, data=data
    )
    times[subject] = at


def _wait() -> float:
    """Let time go on until nothing waits; return how long that took."""
    begun = time.monotonic()
    while time.monotonic() < begun + PATIENCE and _waiting().exists():
        time.sleep(2)
        clock.travel(LATER)
    return time.monotonic() - begun


def _waiting() -> TenantQuerySet[Delivery]:
    return Delivery.objects.across_tenants().filter(state=DeliveryState.WAITING)


def _troubles(taker: Taker, endpoint: Endpoint, told: Mapping[str, str]) -> list[str]:
    """Return every promise to this receiver that was broken, in words."""
    said = taker.said()
    sequences = sorted(one["sequence"] for one in said)
    notices = Counter(
        Notice.objects.across_tenants().filter(tenant=endpoint.tenant_id).values_list("subject", flat=True)
    )
    wanted = {STOPPED: 1} if taker.name == "gone" else {}
    found = {
        "it was told of what never happened": not taker.asked.keys() <= told.keys(),
        "a message came in two versions": any(len(one) > 1 for one in taker.bodies.values()),
        f"{taker.forged} did not prove that they are ours": taker.forged,
        "an id is not the event's own": any(one["id"] not in taker.acknowledged for one in said),
        "a time is not when it happened": any(one["time"] != told.get(one["id"]) for one in said),
        "the sequence has gaps": sequences != list(range(1, len(told) + 1)),
        f"people were told {dict(notices)}": notices != wanted,
    }
    return [words for words, wrong in found.items() if wrong]


def _verdict(
    seed: int, taker: Taker, endpoint: Endpoint, told: Mapping[str, str], wrong: Sequence[str]
) -> Verdict:
    rows = Delivery.objects.for_tenant(endpoint.tenant_id)
    attempts = Attempt.objects.filter(job__tenant=endpoint.tenant_id, outcome="unknown")
    waiting = rows.filter(state=DeliveryState.WAITING).count()
    return Verdict(
        campaign="outgoing",
        platform=taker.name,
        verify="-",
        seed=seed,
        jobs=len(told),
        unknown=attempts.count(),
        succeeded=len(taker.acknowledged),
        lost=len(told.keys() - taker.acknowledged.keys()),
        doubled=0,  # twice under one id is promised, not broken
        stuck=waiting,
        unconfirmed=0,
        failed=rows.exclude(state=DeliveryState.DELIVERED).count() - waiting,
        recovery_p50_s=0.0,
        recovery_max_s=0.0,
        broken=len(wrong),
    )
