"""A dry run says of a thousand dead letters what then happens to them, and writes nothing."""

import random
import time
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.connections.models import Connection, Grant
from apps.core import clock
from apps.core.ids import uuid7
from apps.jobs.actions.hold import hold, rest
from apps.jobs.choices import HeldFor, JobState
from apps.jobs.explain import explain
from apps.jobs.kinds import VERIFY
from apps.jobs.models import Attempt, Bucket, DeadLetter, Job, Lane
from apps.jobs.pump import Pump
from apps.jobs.sweep import sweep
from apps.recovery.actions import operate
from apps.recovery.choices import Prediction
from apps.recovery.filters import check
from apps.recovery.operations.preview import preview
from apps.tenants.models import Tenant
from tests.make import make_tenant

EACH = 125
REPLAY = check("replay", {}, {})


@pytest.fixture
def letters(pump: Pump) -> dict[UUID, DeadLetter]:
    """A thousand dead letters, a hundred and more of each fate."""
    tenant, _ = make_tenant()
    poor, _ = make_tenant("Globex", "charlie@globex.test")
    at = clock.now()
    for owner, burst, per_minute in ((tenant, 1e6, 1e6), (poor, 5, 0.01)):
        Bucket.objects.create(
            scope=f"tenant:{owner.pk}:meta",
            budget="calls",
            platform="meta",
            per="tenant",
            refilled_at=at,
            burst=burst,
            per_minute=per_minute,
        )
    fates: list[tuple[str, dict[str, Any]]] = [
        ("publish", {}),
        ("fail", {"args": {"refuse": True}}),
        ("verify", {"unknown_since": at, "sent_at": at}),
        ("twin", {"connection": page(tenant, at).pk, "twin": True}),
        ("paused", {}),
        ("ask", _late(at, hours=2)),
        ("skip", _late(at, hours=50)),
        ("rest", {}),
    ]
    for name, more in fates:
        bury(tenant, name, EACH - 50 if name == "rest" else EACH, at, **more)
    bury(poor, "poor", 55, at)
    hold(scope="lane:paused", reason="connection", sentence="The password was changed.", at=at)
    rest(
        {"lane:rest": at + timedelta(hours=1)}, reason="breaker", sentence="The partner keeps failing.", at=at
    )
    return {one.pk: one for one in DeadLetter.objects.across_tenants()}


def _late(at: datetime, *, hours: int) -> dict[str, datetime]:
    due = at - timedelta(hours=hours)
    return {"due_at": due, "ask_after": due + timedelta(hours=1), "skip_after": due + timedelta(hours=24)}


def page(tenant: Tenant, at: datetime) -> Connection:
    """An account that works."""
    grant = Grant.objects.create(tenant=tenant, platform="meta", external_user_id="7")
    return Connection.objects.create(
        tenant=tenant,
        grant=grant,
        platform="meta",
        account_type="page",
        external_id="8",
        name="Cafe",
        created_at=at,
    )


def bury(tenant: Tenant, lane_key: str, count: int, at: datetime, *, twin: bool = False, **more: Any) -> None:
    """
    Write dead jobs, their letters, and perhaps the same posts that are out.

    They are spread over lanes, except where the order of one lane matters.
    """
    lanes = Lane.objects.bulk_create(
        Lane(
            tenant=tenant,
            key=f"{lane_key}:{number}",
            platform="meta",
            scopes=[f"lane:{lane_key}"],
            served_at=at,
        )
        for number in range(1 if lane_key == "poor" else 25)
    )
    fields = {
        "tenant": tenant,
        "platform": "meta",
        "kind": "scripted",
        "step": "send",
        "at_commit": True,
        "created_at": at - timedelta(days=3),
        "due_at": at - timedelta(minutes=1),
        "run_at": at,
        "finished_at": at - timedelta(hours=1),
        **more,
    }
    args = {"v": 1, **fields.pop("args", {})}
    jobs = [
        Job(
            id=uuid7(),
            lane=lanes[number % len(lanes)],
            **fields,
            args=args,
            state=JobState.DEAD,
            fingerprint=f"{number}" if twin else "",
        )
        for number in range(count)
    ]
    out = [
        Job(lane=one.lane, **fields, args=args, state=JobState.SUCCEEDED, fingerprint=one.fingerprint)
        for one in jobs
        if twin
    ]
    Job.objects.bulk_create([*jobs, *out], batch_size=25)
    code = "INVALID_REQUEST" if "refuse" in args else "PARTNER_5XX"
    DeadLetter.objects.bulk_create(
        (
            DeadLetter(
                job=one,
                tenant=tenant,
                connection=one.connection,
                platform="meta",
                kind=one.kind,
                payload=one.args,
                reason="MAX_RETRIES",
                error_code=code,
                created_at=at,
            )
            for one in jobs
        ),
        batch_size=50,
    )


def what_happened(letters: Iterable[UUID], at: datetime) -> dict[UUID, str]:
    """Say what became of each dead job's replay."""
    children = {job.parent: job for job in Job.objects.across_tenants().exclude(parent=None)}
    looked_for = set(Attempt.objects.filter(step=VERIFY).values_list("job", flat=True))
    return {
        one.pk: _fate(children.get(one.job_id), looked_for, at)
        for one in DeadLetter.objects.across_tenants().filter(pk__in=letters)
    }


def _fate(child: Job | None, looked_for: set[UUID], at: datetime) -> str:
    if child is None:
        return Prediction.DUPLICATE
    if child.pk in looked_for:
        return Prediction.VERIFY_FIRST
    ends = {
        JobState.SUCCEEDED: Prediction.PUBLISH,
        JobState.DEAD: Prediction.FAIL_AGAIN,
        JobState.CANCELLED: Prediction.LATE_SKIP,
    }
    if child.state in ends:
        return ends[JobState(child.state)]
    if child.held_for == HeldFor.APPROVAL:
        return Prediction.LATE_ASK
    paused = explain(child, at=at).blocked_by == "hold:connection"
    return Prediction.CONNECTION_PAUSED if paused else Prediction.WAIT


def alike(said: dict[UUID, str], happened: dict[UUID, str]) -> float:
    """Return the share of predictions that came true."""
    return sum(said[one] == fate for one, fate in happened.items()) / len(happened)


def test_says_what_then_happens(letters: dict[UUID, DeadLetter], pump: Pump) -> None:
    began, at = time.perf_counter(), clock.now()
    found = preview(REPLAY, tenant=None, at=at)
    said = {row.pk: forecast.prediction.value for row, forecast in found.rows if forecast}
    print(f"dry run of {len(said)}: {time.perf_counter() - began:.2f} s; {dict(found.counts)}")  # noqa: T201 - a measurement

    operate.start(REPLAY, tenant=None, actor="staff:olga", at=clock.now())
    pump.drain(budget=120)
    sweep()
    happened = what_happened(letters, clock.now())
    print(f"replayed and run after {time.perf_counter() - began:.1f} s; {dict(Counter(happened.values()))}")  # noqa: T201

    assert min(Counter(happened.values())[fate] for fate in Prediction.values) >= 100
    assert alike(said, happened) >= 0.97
    shuffled = list(said.values())
    random.Random(1).shuffle(shuffled)
    assert alike(dict(zip(said, shuffled, strict=True)), happened) < 0.5


def test_asks_as_many_questions_for_a_thousand_as_for_ten_and_writes_nothing(
    letters: dict[UUID, DeadLetter],
) -> None:
    at = clock.now()
    few = check("replay", {"ids": [str(one) for one in list(letters)[::110]]}, {})

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
        with CaptureQueriesContext(connection) as ten:
            preview(few, tenant=None, at=at)
        with CaptureQueriesContext(connection) as thousand:
            found = preview(REPLAY, tenant=None, at=at)

    assert found.total == len(letters) >= 1000
    assert len(thousand) == len(ten) <= 9


def test_estimates_how_long_it_takes_and_what_it_uses(letters: dict[UUID, DeadLetter]) -> None:
    found = preview(REPLAY, tenant=None, at=clock.now())

    poor = min(found.quotas, key=lambda quota: quota.per_minute)
    assert (poor.calls, poor.available) == (55, 5)
    assert found.duration >= timedelta(minutes=4000)
