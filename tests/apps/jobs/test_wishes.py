"""What a person or a partner says of a job while it is under way: in time, too late, and at the same moment."""

import threading
from typing import Any

import pytest
from django.db import connection

from apps.core import clock
from apps.errors.outcome import Look, NextStep, Outcome, Verdict
from apps.events.models import Event
from apps.jobs import failpoints, lease
from apps.jobs.actions.answer import IT_IS_THERE, SEND_AGAIN, answer
from apps.jobs.actions.cancel import cancel
from apps.jobs.actions.hold import rewake
from apps.jobs.actions.inform import inform
from apps.jobs.choices import HeldFor, JobState
from apps.jobs.claim import claim
from apps.jobs.models import DeadLetter, Job
from apps.jobs.pump import Pump
from tests.make import make_job, make_tenant, reload
from tests.scripted import Script, failure, look, unknown

POLL = NextStep("poll", calls={"read": 1})


def out() -> Outcome:
    """The commit point is passed, and the partner is asked for the end."""
    return Outcome(
        verdict=Verdict.SUCCESS, committed=True, next=POLL, remote_id="reel-1", progress={"film": "1"}
    )


def test_a_post_that_is_cancelled_between_two_steps_does_not_go_out(pump: Pump, script: Script) -> None:
    tenant, _ = make_tenant()
    job = make_job(tenant)

    def wish() -> None:
        cancel(job.pk, tenant=tenant.pk, actor="user:alice", at=clock.now())
        connection.close()

    def while_it_uploads() -> Outcome:
        author = threading.Thread(target=wish)
        author.start()
        author.join()
        return Outcome(verdict=Verdict.SUCCESS, next=NextStep("send", at_commit=True))

    script.answers = [while_it_uploads]

    pump.drain()

    assert (reload(job).state, script.calls) == (JobState.CANCELLED, 1)
    assert Event.objects.filter(verb="job.cancelled", subject=f"job:{job.pk}").count() == 1


def test_a_post_that_is_out_is_no_dead_letter_whatever_its_end_looks_like(pump: Pump, script: Script) -> None:
    tenant, _ = make_tenant()
    job = make_job(tenant)
    script.answers = [out(), failure(400, {"error": {"code": 100}})]

    pump.drain()

    found = reload(job)
    assert (found.state, found.held_for, found.error_code) == ("held", HeldFor.UNCONFIRMED, "INVALID_REQUEST")
    assert not DeadLetter.objects.across_tenants().exists()


def test_what_the_partner_lost_begins_anew_when_a_person_says_so(pump: Pump, script: Script) -> None:
    tenant, _ = make_tenant()
    job = make_job(tenant)
    script.answers = [out(), failure(400, {"error": {"code": 100}}), unknown()]
    pump.drain()

    answer(job.pk, SEND_AGAIN, tenant=tenant.pk, actor="user:alice", at=clock.now())
    pump.drain()

    again = reload(job)
    assert (again.state, again.step, again.committed_at) == (JobState.VERIFYING, "send", None)
    assert (again.progress, again.remote_id) == ({}, "")


def test_what_a_partner_tells_of_a_post_that_a_person_was_asked_about_is_looked_at(
    pump: Pump, script: Script
) -> None:
    tenant, _ = make_tenant()
    job = make_job(tenant, args={"blind": True})
    script.answers, script.looks = [unknown()], [look(Look.FOUND)]
    pump.drain()
    asked = reload(job)

    informed = inform(asked, {"event": "out"}, clock.now())
    pump.drain()

    assert (asked.held_for, informed) == (HeldFor.UNCONFIRMED, True)
    assert (reload(job).state, script.calls) == (JobState.SUCCEEDED, 1)


def test_a_partner_that_tells_during_a_claim_waits_for_it(committed: None, script: Script) -> None:
    job = make_job(make_tenant()[0])
    Job.objects.across_tenants().filter(pk=job.pk).update(state=JobState.WAITING)
    told: list[bool] = []
    partner = threading.Thread(target=lambda: told.append(_tell(job)))

    def in_claim(place: str) -> None:
        if place == "in_claim":
            partner.start()
            _wait_until_somebody_waits_for_a_lock()

    failpoints.LISTENERS.append(in_claim)
    try:
        claimed = claim(lease.register("test"), lanes=1)
    finally:
        failpoints.LISTENERS.remove(in_claim)
    partner.join()

    assert ([one.job.pk for one in claimed], told) == ([job.pk], [True])


def _tell(job: Job) -> bool:
    try:
        return inform(job, {"event": "out"}, clock.now())
    finally:
        connection.close()


def _wait_until_somebody_waits_for_a_lock() -> None:
    waits = "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid())"
    with connection.cursor() as cursor:
        cursor.execute(waits)
        while not cursor.fetchone()[0]:
            cursor.execute(waits)


def test_a_person_and_a_partner_who_say_it_at_once_wait_for_each_other(
    pump: Pump, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant, _ = make_tenant()
    job = make_job(tenant, args={"blind": True})
    script.answers = [unknown()]
    pump.drain()
    told: list[bool] = []
    partner = threading.Thread(target=lambda: told.append(_tell(reload(job))))

    def meanwhile(**which: Any) -> None:
        partner.start()
        _wait_until_somebody_waits_for_a_lock()
        rewake(**which)

    monkeypatch.setattr("apps.jobs.actions.answer.rewake", meanwhile)
    answer(job.pk, IT_IS_THERE, tenant=tenant.pk, actor="user:alice", at=clock.now())
    partner.join()

    assert (reload(job).state, told) == (JobState.SUCCEEDED, [False])
