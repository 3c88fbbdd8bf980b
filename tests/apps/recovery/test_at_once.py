"""Bulk work, workers, programs and people at the same accounts in the same moment: nobody's work ends as a deadlock."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from django.db import connection

from apps.connections.models import Connection
from apps.core import clock
from apps.jobs import lease
from apps.jobs.actions.enqueue import LaneSpec, NewJob
from apps.jobs.actions.enqueue_many import enqueue_many
from apps.jobs.actions.hold import hold
from apps.jobs.choices import HeldFor, JobState
from apps.jobs.claim import claim
from apps.jobs.models import Hold, Job
from apps.recovery.actions import operate
from apps.recovery.actions.pause import pause
from apps.recovery.actions.resume import NotStopped, resume
from apps.recovery.filters import check
from apps.recovery.models import Operation
from apps.recovery.operations import held
from apps.recovery.operations.missed import Backfill
from apps.recovery.operations.slices import advance
from apps.tenants.models import Tenant
from tests.make import make_connection, make_job, make_lane, make_publish, make_tenant
from tests.scripted import Script
from tests.simulator import Simulator


@pytest.fixture
def between(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Before a certain call of a function somebody else begins, and goes as far as the locks let him."""
    threads: list[threading.Thread] = []
    failed: list[Exception] = []

    def do(act: Callable[[], object]) -> None:
        try:
            act()
        except Exception as error:  # noqa: BLE001 - shown at the end
            failed.append(error)
        finally:
            connection.close()

    def plug(place: Any, name: str, act: Callable[[], object], *, call: int = 2) -> None:
        real, calls = getattr(place, name), iter(range(1, 100))

        def first_the_other(*given: Any, **named: Any) -> Any:
            if next(calls) == call:
                other = threading.Thread(target=do, args=(act,))
                threads.append(other)
                other.start()
                _until_it_waits(other)
            return real(*given, **named)

        monkeypatch.setattr(place, name, first_the_other)

    yield plug
    for thread in threads:
        thread.join()
    assert threads
    assert failed == []


def _until_it_waits(other: threading.Thread) -> None:
    waits = "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid())"
    while other.is_alive():
        with connection.cursor() as cursor:
            cursor.execute(waits)
            if cursor.fetchone()[0]:
                return
        time.sleep(0.005)


def post_to(lanes: list[LaneSpec]) -> None:
    """Be a program that posts to several accounts with one request."""
    at = clock.now()
    enqueue_many([NewJob(one, "scripted", {}, at) for one in lanes], actor="key:1", at=at)


def work_through(operation: Operation) -> dict[str, int]:
    """Be the bulk worker; return what became of the subjects."""
    while advance(operation.pk, at=clock.now()):
        pass
    return Operation.objects.across_tenants().get(pk=operation.pk).counts


def start(kind: str, tenant: Tenant, **chosen: Any) -> Operation:
    """Start an operation of the tenant's."""
    return operate.start(check(kind, chosen, {}), tenant=tenant.pk, actor="user:alice", at=clock.now())[0]


def test_a_claim_during_a_backfill(committed: None, simulator: Simulator, between: Any) -> None:
    page = make_connection(make_tenant()[0], simulator.account("meta", "page"))
    make_publish(page)
    between(Backfill, "after", lambda: claim(lease.register("other"), lanes=9), call=1)

    done = work_through(start("backfill", page.tenant, connections=[str(page.pk)]))

    assert done == {"admitted": 1}


def test_a_batch_during_a_release(committed: None, script: Script, between: Any) -> None:
    tenant, _ = make_tenant()
    older, newer = make_lane(tenant, "connection:older"), make_lane(tenant, "connection:newer")
    make_job(tenant, lane=older)
    jobs = [make_job(tenant, lane=one).pk for one in (newer, older)]
    Job.objects.across_tenants().filter(pk__in=jobs).update(state=JobState.HELD, held_for=HeldFor.OPS)
    between(held, "answer", lambda: post_to([older, newer]))

    done = work_through(start("release", tenant))

    assert done == {"released": 2}
    assert Job.objects.for_tenant(tenant.pk).filter(actor="key:1").count() == 2


def test_two_people_who_bring_two_accounts_of_one_grant_back(
    committed: None, simulator: Simulator, between: Any
) -> None:
    tenant, at = make_tenant()[0], clock.now()
    first = make_connection(tenant, simulator.account("meta", "page"))
    second = make_connection(tenant, simulator.account("meta", "page"))
    Connection.objects.for_tenant(tenant.pk).filter(pk=second.pk).update(grant=first.grant_id)
    second.refresh_from_db()
    for one in (first, second):
        pause(one, why="A test.", actor="staff:olga", at=at)
    hold(scope=f"grant:{first.grant_id}", reason="connection", sentence="Dead.", at=at)
    between(Hold.objects, "filter", lambda: resume_as("bob", first), call=1)

    resume_as("alice", second)

    assert not Connection.objects.across_tenants().exclude(status="active").exists()


def resume_as(who: str, connection: Connection) -> None:
    """Resume; that somebody was faster is no failure."""
    with suppress(NotStopped):
        resume(connection, actor=f"user:{who}", at=clock.now())
