"""What a connection missed, by API: an offer with three lists, and one operation however often it is started."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from apps.connections.models import Connection
from apps.core import clock
from apps.errors.classifier import classify_partner_error
from apps.jobs.actions.tune import tune
from apps.jobs.models import ChangedLimit, Job
from apps.recovery.actions.auto_pause import auto_pause
from apps.recovery.actions.resume import resume
from apps.recovery.models import Operation
from tests.apps.api.test_connections import look, one
from tests.apps.api.test_operations import work_through
from tests.make import make_connection, make_publish, make_tenant
from tests.simulator import Simulator

MINUTES_LATE = (50, 20, 300, 3000)
DEAD = classify_partner_error("meta", 400, {"error": {"code": 190}})


@pytest.fixture
def cafe(db: None, simulator: Simulator) -> Connection:
    """Acme's page, stopped: two posts are on time, one is late, one very late."""
    page = make_connection(make_tenant()[0], simulator.account("meta", "page"))
    auto_pause(page, DEAD, at=clock.now())
    for minutes in MINUTES_LATE:
        make_publish(page, f"{minutes} late", due_at=clock.now() - timedelta(minutes=minutes))
    return page


@pytest.fixture
def back(cafe: Connection) -> Connection:
    """The same, reconnected, and nobody has said yet what becomes of what it missed."""
    resume(cafe, actor="user:alice", at=clock.now(), backfill=False)
    return cafe


def admitted() -> set[str]:
    """Return the posts that may go out."""
    rows = Job.objects.across_tenants().filter(admitted_at__isnull=False)
    return {job.args["content"]["text"] for job in rows}


class TestOffer:
    def test_has_three_lists_while_the_connection_is_stopped(self, cafe: Connection) -> None:
        offer = look(cafe, "/backfill").json()

        assert offer["missed"] == 4
        lists = {
            name: (offer[name]["count"], [post["text"] for post in offer[name]["first"]])
            for name in ("publish", "ask", "skip")
        }
        assert lists == {
            "publish": (2, ["50 late", "20 late"]),
            "ask": (1, ["300 late"]),
            "skip": (1, ["3000 late"]),
        }
        assert not Operation.objects.across_tenants().exists()

    def test_takes_as_long_as_the_limits_say(self, cafe: Connection) -> None:
        quick = look(cafe, "/backfill").json()["duration_seconds"]
        slow = ChangedLimit(platform="meta", per="tenant", budget="calls", burst=1, per_minute=1)
        tune(slow, actor="staff:olga", at=clock.now())

        assert (quick, look(cafe, "/backfill").json()["duration_seconds"]) == (0, 60)


class TestStart:
    def test_twice_is_one_operation_while_it_runs_and_when_it_is_done(self, back: Connection) -> None:
        first, second = one(back, "backfill"), one(back, "backfill")
        work_through(first.json()["id"])
        third = one(back, "backfill")

        assert (first.status_code, second.status_code, third.status_code) == (201, 200, 200)
        assert first.json()["id"] == second.json()["id"] == third.json()["id"]
        assert (third.json()["kind"], third.json()["results"]) == (
            "backfill",
            {"admitted": 2, "asked": 1, "skipped": 1},
        )
        assert admitted() == {"50 late", "20 late"}

    def test_takes_a_late_post_along_when_a_person_ticks_it(self, back: Connection) -> None:
        work_through(one(back, "backfill").json()["id"])
        late = look(back, "/backfill").json()["ask"]["first"][0]["job"]

        ticked, again = (one(back, "backfill", also=[late]) for _ in range(2))
        work_through(ticked.json()["id"])

        assert (ticked.status_code, again.status_code, again.json()["id"]) == (201, 200, ticked.json()["id"])
        assert "300 late" in admitted()

    def test_after_the_next_pause_is_another_one(self, back: Connection) -> None:
        first = one(back, "backfill").json()["id"]
        work_through(first)
        auto_pause(back, DEAD, at=clock.now())
        make_publish(back, "Missed later", due_at=clock.now())
        resume(back, actor="user:alice", at=clock.now(), backfill=False)

        second = one(back, "backfill")
        work_through(second.json()["id"])

        assert (second.status_code, "Missed later" in admitted()) == (201, True)
        assert second.json()["id"] != first

    def test_on_a_stopped_connection_is_a_conflict(self, cafe: Connection) -> None:
        answer = one(cafe, "backfill")

        assert (answer.status_code, answer.json()["code"]) == (409, "connection_stopped")
        assert not Operation.objects.across_tenants().exists()

    def test_follows_the_key_of_the_caller(self, back: Connection) -> None:
        first, second = (one(back, "backfill", idempotency_key="k") for _ in range(2))
        late = look(back, "/backfill").json()["ask"]["first"][0]["job"]
        other = one(back, "backfill", idempotency_key="k", also=[late])

        assert (first.status_code, second.status_code, other.status_code) == (201, 200, 409)

    @pytest.mark.django_db(transaction=True)
    def test_by_two_at_the_same_moment_is_one_operation(self, back: Connection) -> None:
        answers: list[Any] = []

        def start() -> None:
            answers.append(one(back, "backfill"))
            connection.close()

        threads = [threading.Thread(target=start) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(answer.status_code for answer in answers) == [200, 201]
        assert Operation.objects.across_tenants().count() == 1
