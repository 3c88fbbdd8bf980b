"""The status of a connection: who may change it, what the database refuses, and what comes back by itself."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.connections.models import Connection
from apps.core import clock
from apps.errors.classifier import classify_partner_error
from apps.errors.codes import ErrorCode
from apps.events.models import Event
from apps.jobs.breaker import LONGEST_REST
from apps.jobs.choices import JobState
from apps.jobs.models import Attempt, Hold, Job, LaneBreaker
from apps.jobs.sweep import sweep
from apps.recovery.actions.auto_pause import auto_pause, auto_pause_many
from apps.recovery.actions.pause import NotActive, pause
from apps.recovery.actions.resume import resume
from apps.recovery.inactive_rule import apply_inactive_rule
from apps.recovery.queries import paused_connections
from apps.tenants import flags
from apps.tenants.choices import Flag
from tests.crowd import Crowd, make_crowd

pytestmark = pytest.mark.django_db
DEAD = classify_partner_error("meta", 400, {"error": {"code": 190, "error_subcode": 460}})
GONE = classify_partner_error("meta", 400, {"error": {"code": 190, "error_subcode": 458}})


@pytest.fixture
def one() -> Crowd:
    """One connection with a post in its lane."""
    return make_crowd(1, tenants=1)


def now(crowd: Crowd) -> Connection:
    """Return the first connection as it is now."""
    return Connection.objects.across_tenants().get(pk=crowd.pks[0])


def without_auto_pause(crowd: Crowd) -> None:
    """Let its tenant want no connection stopped by ourselves."""
    off = {"flag": Flag.RECOVERY_AUTOPAUSE, "on": False, "actor": "staff:olga", "at": clock.now()}
    flags.switch(tenant=now(crowd).tenant_id, **off)


def verbs() -> list[str]:
    """Return what the log tells of connections, in order."""
    rows = Event.objects.filter(verb__startswith="connection.").exclude(verb="connection.checked")
    return list(rows.order_by("id").values_list("verb", flat=True))


class TestDatabase:
    @pytest.mark.parametrize(
        "half",
        [
            {"status": "paused"},
            {"status": "attention", "paused_by": "auto"},
            {"status": "revoked", "paused_by": "auto", "pause_reason": "AUTH_INVALID"},
            {"status": "paused", "paused_by": "auto"},
            {"status": "paused", "paused_by": "breaker"},
            {"status": "active", "paused_by": "ops"},
            {"status": "inactive", "pause_reason": "AUTH_INVALID"},
            {"status": "sleeping"},
        ],
    )
    def test_refuses_half_a_status(self, half: dict[str, Any], one: Crowd) -> None:
        if half["status"] not in {"active", "inactive"}:
            half["paused_at"] = clock.now()

        with pytest.raises(IntegrityError), transaction.atomic():
            Connection.objects.across_tenants().update(**half)


class TestPause:
    def test_by_operations_holds_what_waits_until_they_resume(self, one: Crowd) -> None:
        pause(now(one), why="Olga looks at it.", actor="staff:olga", at=clock.now())
        assert (one.serve(), now(one).paused_by) == (0, "ops")
        assert list(paused_connections(now(one).tenant_id)) == [now(one)]

        resume(now(one), actor="staff:olga", at=clock.now())

        assert (one.serve(), verbs()) == (1, ["connection.paused", "connection.resumed"])

    def test_refuses_what_is_stopped_already(self, one: Crowd) -> None:
        auto_pause(now(one), DEAD, at=clock.now())

        with pytest.raises(NotActive):
            pause(now(one), why="Again.", actor="staff:olga", at=clock.now())

    def test_gives_way_to_a_dead_token_and_that_to_a_revocation(self, one: Crowd) -> None:
        pause(now(one), why="Olga looks at it.", actor="staff:olga", at=clock.now())

        states = []
        for found in (DEAD, GONE, DEAD):
            auto_pause(now(one), found, at=clock.now())
            states.append(now(one).status)

        assert states == ["attention", "revoked", "revoked"]


class TestConfirmation:
    def test_takes_a_false_alarm_back_once_a_day(self, one: Crowd) -> None:
        one.serve(lambda _job: ErrorCode.AUTH_INVALID)
        assert now(one).status == "attention"
        one.run(1)
        assert (now(one).status, "connection.false_alarm" in verbs()) == ("active", True)

        auto_pause(now(one), DEAD, at=clock.now())
        one.run(1)

        assert now(one).status == "attention"

    def test_leaves_a_dead_token_where_it_is(self, one: Crowd) -> None:
        one.run(2, lambda _job: ErrorCode.AUTH_INVALID)

        assert (now(one).status, verbs()) == ("attention", ["connection.paused"])

    def test_is_not_asked_for_a_missing_permission(self, one: Crowd) -> None:
        one.run(2, lambda job: ErrorCode.PERMISSION_INSUFFICIENT if job.kind == "harmless" else None)

        assert now(one).status == "attention"
        assert not Job.objects.across_tenants().filter(kind="health_check").exists()


class TestBreakerRule:
    def break_down(self, crowd: Crowd) -> None:
        """Let the partner fail until the breaker has been open for half an hour."""
        crowd.post()
        crowd.run(50, lambda _job: ErrorCode.PARTNER_5XX, step=120)

    def test_pauses_after_half_an_hour_and_comes_back_when_one_post_gets_through(self, one: Crowd) -> None:
        for _ in range(4):
            one.post()
        self.break_down(one)
        paused = now(one)

        one.run(LONGEST_REST.total_seconds() / 60 + 5, step=120)

        assert (paused.status, paused.paused_by, paused.pause_reason) == (
            "paused",
            "breaker",
            "CIRCUIT_BREAKER_OPEN",
        )
        assert (now(one).status, verbs()) == ("active", ["connection.paused", "connection.resumed"])
        assert not LaneBreaker.objects.exists()

    def test_leaves_it_to_the_breaker_where_auto_pause_is_off(self, one: Crowd) -> None:
        for _ in range(4):
            one.post()
        without_auto_pause(one)

        self.break_down(one)

        assert (now(one).status, verbs()) == ("active", [])
        assert LaneBreaker.objects.exists()

    def test_asks_about_what_is_late_when_it_lets_go(self, one: Crowd) -> None:
        for _ in range(4):
            one.post()
        self.break_down(one)
        late = Job.objects.across_tenants().filter(kind="harmless", state=JobState.QUEUED)
        late.update(ask_after=clock.now() - timedelta(minutes=1))

        one.run(LONGEST_REST.total_seconds() / 60 + 20, step=120)
        sweep()

        posts = Job.objects.across_tenants().filter(kind="harmless")
        assert now(one).status == "active"
        assert set(posts.values_list("state", flat=True)) <= {JobState.HELD, JobState.DEAD}
        assert posts.filter(state=JobState.HELD).exists()


class TestInactiveRule:
    def fail(self, crowd: Crowd, count: int, *, days: float) -> None:
        """Write failed tries of the connection's post, spread over the days until now."""
        job = Job.objects.across_tenants().get()
        at = clock.now()
        for number in range(count):
            moment = at - timedelta(days=days) * (count - 1 - number) / (count - 1)
            Attempt.objects.create(
                job=job,
                step="send",
                number=number,
                fence=1,
                started_at=moment,
                finished_at=moment,
                outcome="failure",
                error_code="CONTENT_INVALID",
            )

    @pytest.mark.parametrize(
        ("count", "days", "status", "told"),
        [
            (19, 5, "active", []),
            (20, 3.9, "active", []),
            (20, 4.1, "active", ["connection.failing"]),
            (29, 8, "active", ["connection.failing"]),
            (30, 7.1, "paused", ["connection.paused"]),
        ],
    )
    def test_warns_and_then_pauses(
        self, count: int, days: float, status: str, told: list[str], one: Crowd
    ) -> None:
        self.fail(one, count, days=days)

        for _ in range(2):
            apply_inactive_rule(at=clock.now())

        assert (now(one).status, verbs()) == (status, told)

    def test_only_warns_where_auto_pause_is_off(self, one: Crowd) -> None:
        self.fail(one, 30, days=8)
        without_auto_pause(one)

        apply_inactive_rule(at=clock.now())

        assert (now(one).status, verbs()) == ("active", ["connection.failing"])

    def test_begins_anew_with_a_success(self, one: Crowd) -> None:
        self.fail(one, 30, days=8)
        Job.objects.across_tenants().update(
            state=JobState.SUCCEEDED, finished_at=clock.now() - timedelta(days=3)
        )

        apply_inactive_rule(at=clock.now())

        assert (now(one).status, verbs()) == ("active", [])


def test_nothing_stays_held_after_a_resume(one: Crowd) -> None:
    auto_pause(now(one), DEAD, at=clock.now())

    resume(now(one), actor="user:alice", at=clock.now())

    assert not Hold.objects.filter(closed_at=None).exists()


def questions(crowd: Crowd) -> int:
    """Count the queries of pausing all of these."""
    with CaptureQueriesContext(connection) as queries:
        auto_pause_many([(one, DEAD) for one in crowd.connections], at=clock.now())
    return len(queries)


def test_a_storm_of_dead_tokens_costs_as_many_questions_as_one() -> None:
    one, many = make_crowd(1, tenants=1), make_crowd(30, tenants=3, platform="linkedin")

    assert questions(one) == questions(many)
