"""What ended long ago goes in small batches; what somebody still needs stays."""

import threading
from datetime import datetime, timedelta
from itertools import chain, repeat
from typing import Any
from unittest import mock

import pytest
from django.db import connection, transaction

from apps.core import clock, ids
from apps.jobs import lease, retention
from apps.jobs.actions.hold import hold, release
from apps.jobs.actions.replay import resolve
from apps.jobs.choices import HeldFor, JobState
from apps.jobs.models import Attempt, DeadLetter, Hold, Job, Runner
from apps.publishing.actions.send import send
from apps.publishing.models import Target
from apps.publishing.written import Written
from apps.tenants.models import Tenant
from tests.make import make_connection, make_job, make_tenant, reload
from tests.scripted import Script
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db
KEPT = timedelta(days=90)


@pytest.fixture
def tenant(script: Script) -> Tenant:
    """Acme, whose jobs a script answers."""
    return make_tenant()[0]


def end(job: Job, *, ago: timedelta = KEPT + timedelta(days=1), **more: Any) -> Job:
    """Let a job have ended."""
    fields = {"state": JobState.SUCCEEDED, "finished_at": clock.now() - ago, **more}
    Job.objects.across_tenants().filter(pk=job.pk).update(**fields)
    return reload(job)


def bury(job: Job) -> DeadLetter:
    """Let a job have died long ago, with its letter."""
    dead = end(job, state=JobState.DEAD)
    assert dead.finished_at
    return DeadLetter.objects.create(
        job=dead,
        tenant_id=dead.tenant_id,
        connection=dead.connection,
        platform="meta",
        kind=dead.kind,
        payload={},
        reason="UNRETRYABLE",
        error_code="INVALID_REQUEST",
        created_at=dead.finished_at,
    )


def prune(at: datetime | None = None, **more: Any) -> retention.Pruned:
    """Prune as the task does."""
    return retention.prune(at=at or clock.now(), real_at=clock.real_now(), **more)


def left() -> set[Any]:
    """Return the ids of the jobs that are there."""
    return set(Job.objects.across_tenants().values_list("pk", flat=True))


class TestJobs:
    def test_go_when_they_ended_long_ago_with_their_attempts(self, tenant: Tenant) -> None:
        old, young, waiting = end(make_job(tenant)), end(make_job(tenant), ago=KEPT), make_job(tenant)
        Attempt.objects.create(job=old, step="send", number=1, fence=1, started_at=clock.now())

        pruned = prune(young.finished_at + KEPT if young.finished_at else None)

        assert (pruned.jobs, left()) == (1, {young.pk, waiting.pk})
        assert not Attempt.objects.exists()

    def test_go_by_the_products_clock(self, tenant: Tenant) -> None:
        job = end(make_job(tenant), ago=timedelta(0))
        clock.travel(KEPT + timedelta(days=1))

        prune()

        assert job.pk not in left()

    def test_go_once(self, tenant: Tenant) -> None:
        end(make_job(tenant))

        assert [prune().jobs, prune().jobs] == [1, 0]

    def test_go_in_batches_and_no_further_than_the_budget(
        self, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(retention, "BATCH", 2)
        for _ in range(5):
            end(make_job(tenant))

        with mock.patch.object(retention.time, "monotonic", side_effect=chain([0, 0], repeat(99))):
            first = prune(budget=1)
        second = prune()

        assert (first.jobs, second.jobs) == (2, 3)

    def test_of_a_kind_that_only_a_newer_version_knows_stay(self, tenant: Tenant) -> None:
        job = end(make_job(tenant), kind="of_tomorrow")

        prune()

        assert left() == {job.pk}


class TestNeeded:
    def test_an_open_dead_letter_keeps_its_job(self, tenant: Tenant) -> None:
        letter = bury(make_job(tenant))

        prune()

        assert left() == {letter.job_id}
        assert DeadLetter.objects.across_tenants().count() == 1

    def test_a_resolved_one_keeps_it_as_long_again(self, tenant: Tenant) -> None:
        letter, at = bury(make_job(tenant)), clock.now()
        resolve(letter.pk, tenant=tenant.pk, note="Seen.", actor="staff:olga", at=at)

        early = prune(at + KEPT)
        late = prune(at + KEPT + timedelta(days=1))

        assert (early.jobs, late.jobs) == (0, 1)
        assert not DeadLetter.objects.across_tenants().exists()

    def test_a_job_stays_until_the_one_that_repeats_it_has_ended(self, tenant: Tenant) -> None:
        old = end(make_job(tenant))
        child = make_job(tenant, parent=old.pk)

        before = prune().jobs
        end(child, ago=timedelta(0))
        after = prune().jobs

        assert (before, after, left()) == (0, 1, {child.pk})

    @pytest.mark.parametrize("asked", ["held", "buried"])
    def test_what_a_doubtful_post_could_be_taken_for_stays_known(self, asked: str, tenant: Tenant) -> None:
        account = ids.uuid7()
        neighbour = end(make_job(tenant, connection=account), remote_id="7")
        doubtful = make_job(tenant, connection=account, unknown_since=clock.now() - 2 * KEPT)
        if asked == "held":
            held = {"state": JobState.HELD, "held_for": HeldFor.UNCONFIRMED}
            Job.objects.across_tenants().filter(pk=doubtful.pk).update(**held)
        else:
            bury(doubtful)

        prune()

        assert left() == {neighbour.pk, doubtful.pk}

    def test_a_posts_history_stays_when_its_jobs_go(self, simulator: Simulator) -> None:
        tenant, alice = make_tenant()
        connection = make_connection(tenant, simulator.account("meta", "page"))
        said = {"post_id": ids.uuid7(), "written": Written(text="Autumn menu"), "connections": [connection]}
        send(**said, tenant=tenant.pk, author=alice.pk, at=clock.now())
        target = Target.objects.for_tenant(tenant.pk).select_related("job").get()
        assert target.job
        ended = end(target.job, remote_id="1_2", permalink="https://facebook.test/1_2")

        prune()

        found = Target.objects.for_tenant(tenant.pk).get()
        assert found.job is None
        assert (found.end_state, found.ended_at) == ("succeeded", ended.finished_at)
        assert (found.remote_id, found.permalink) == ("1_2", "https://facebook.test/1_2")


class TestOthers:
    def test_closed_holds_go_and_open_ones_stay(self) -> None:
        at = clock.now()
        for reason in ("ops", "incident:1"):
            hold(scope="platform:meta", reason=reason, sentence="Stopped.", at=at)
        release(scope="platform:meta", reason="ops", actor="staff:olga", at=at)

        pruned = prune(at + KEPT + timedelta(days=1))

        assert (pruned.holds, Hold.objects.get().reason) == (1, "incident:1")

    def test_runners_go_a_week_after_they_stopped_unless_something_is_theirs(self, tenant: Tenant) -> None:
        gone, here, owner = (lease.register(name) for name in ("gone", "here", "owner"))
        long_ago = clock.real_now() - timedelta(days=8)
        Runner.objects.filter(pk__in=[gone, owner]).update(stopped_at=long_ago)
        job = make_job(tenant)
        Job.objects.across_tenants().filter(pk=job.pk).update(state=JobState.RUNNING, runner=owner)

        prune()

        assert set(Runner.objects.values_list("pk", flat=True)) == {here, owner}


def test_two_at_once_share_the_work(committed: None, script: Script) -> None:
    tenant, _ = make_tenant()
    for _ in range(30):
        end(make_job(tenant))
    first_has_some, second_is_done = threading.Event(), threading.Event()
    pruned = {}

    def first() -> None:
        with mock.patch.object(retention, "BATCH", 10), transaction.atomic():
            pruned["first"] = retention._prune_batch(clock.now() - KEPT, [])
            first_has_some.set()
            second_is_done.wait(30)
        connection.close()

    other = threading.Thread(target=first)
    other.start()
    first_has_some.wait(30)
    pruned["second"] = prune().jobs
    second_is_done.set()
    other.join()

    assert sum(pruned.values()) == 30
    assert pruned["first"] > 0
    assert left() == set()
