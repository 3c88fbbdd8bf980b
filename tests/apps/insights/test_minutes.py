"""A minute that is counted to its end is told once, to whom it happened."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connections

from apps.events import log
from apps.events.models import Event
from apps.insights.actions.tell_minutes import OLDEST, tell_minutes
from apps.insights.choices import Counted, Span
from apps.insights.latency import SIZE
from apps.insights.models import Progress, Rollup
from apps.tenants.models import Tenant
from tests.make import make_tenant

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def acme() -> Tenant:
    """Alice's team, on a day on which everything before noon has been told."""
    counted_until(NOON)
    tell_minutes(at=NOON)
    return make_tenant()[0]


def counted_until(moment: datetime) -> None:
    """Let the counting have come so far."""
    for source in Counted:
        Progress.objects.update_or_create(
            source=source, defaults={"after": UUID(int=0), "complete_until": moment}
        )


def happened(
    tenant: Tenant | None, counted: Counted, outcome: str, count: int, *, at: datetime = NOON
) -> None:
    """Write a row as the counting does."""
    Rollup.objects.create(
        tenant=tenant,
        span=Span.MINUTE,
        begin=at,
        counted=counted,
        platform="meta",
        kind="publish",
        outcome=outcome,
        count=count,
        took=[0] * SIZE,
    )


def told() -> list[tuple[UUID | None, Any]]:
    rows = Event.objects.filter(verb="metrics.updated").order_by("id")
    return [(one.tenant, one.data) for one in rows]


def test_each_team_hears_its_own_figures_once(acme: Tenant) -> None:
    globex, _ = make_tenant("Globex", "charlie@globex.test")
    happened(acme, Counted.EVENT, "job.succeeded", 40)
    happened(acme, Counted.CALL, "success", 41)
    happened(globex, Counted.EVENT, "connection.paused", 1)
    happened(None, Counted.CALL, "success", 7)  # the house's own
    counted_until(NOON + MINUTE)

    first, second = tell_minutes(at=NOON + MINUTE), tell_minutes(at=NOON + MINUTE)

    minute = NOON.isoformat()
    assert (first, second) == (2, 0)
    assert told() == [
        (acme.pk, {"minute": minute, "counts": {"calls_success": 41, "jobs_succeeded": 40}}),
        (globex.pk, {"minute": minute, "counts": {"connections_paused": 1}}),
    ]


def test_a_minute_is_told_when_nothing_of_it_can_come_any_more(acme: Tenant) -> None:
    happened(acme, Counted.CALL, "success", 1)
    counted_until(NOON + timedelta(seconds=59))

    assert tell_minutes(at=NOON + 2 * MINUTE) == 0


def test_a_run_that_fails_is_told_by_the_next(acme: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    happened(acme, Counted.CALL, "success", 1)
    counted_until(NOON + MINUTE)
    with monkeypatch.context() as broken:
        broken.setattr(log, "record_many", lambda _: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            tell_minutes(at=NOON + MINUTE)

    assert tell_minutes(at=NOON + MINUTE) == 1


def test_after_a_long_sleep_the_last_hour_is_told(acme: Tenant) -> None:
    for minutes in (0, 30, 90):
        happened(acme, Counted.CALL, "success", 1, at=NOON + minutes * MINUTE)
    counted_until(NOON + 30 * MINUTE + OLDEST)

    tell_minutes(at=NOON + 30 * MINUTE + OLDEST)

    assert [data["minute"] for _, data in told()] == [(NOON + 30 * MINUTE).isoformat()]


def test_two_runs_at_once_tell_it_once(committed: None, acme: Tenant) -> None:
    happened(acme, Counted.CALL, "success", 1)
    counted_until(NOON + MINUTE)
    other = connections.create_connection("default")
    with other.cursor() as first:
        first.execute("BEGIN; SELECT 1 FROM insights_tolduntil FOR UPDATE")
        second = tell_minutes(at=NOON + MINUTE)
        first.execute("COMMIT")
    other.close()

    assert (second, tell_minutes(at=NOON + MINUTE)) == (0, 1)
