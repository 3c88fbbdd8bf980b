"""How many clicks it takes from Home, by somebody who presses only what the pages show."""

import pytest
from django.test import Client

from apps.connections.models import Connection
from apps.core import clock
from apps.events.models import Event
from apps.jobs.choices import HeldFor, JobState
from apps.jobs.models import DeadLetter, Job
from apps.jobs.pump import Pump
from apps.recovery.actions.pause import pause
from apps.recovery.models import Operation
from apps.recovery.operations.slices import advance
from apps.tenants.models import User
from tests.browsers import signed_in
from tests.clicks import Person
from tests.make import make_connection, make_job, make_lane, make_letter, make_tenant, reload
from tests.scripted import Script, unknown
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db
MANY = 500


@pytest.fixture
def olga(db: None) -> Client:
    """A member of the operations staff."""
    User.objects.create_superuser("olga@reknit.test", "secret-of-olga")
    return signed_in("olga@reknit.test")


def work_through() -> None:
    """Be the bulk worker."""
    operation = Operation.objects.across_tenants().get()
    while advance(operation.pk, at=clock.now()):
        pass


def test_a_connection_is_resumed_with_two(olga: Client, simulator: Simulator) -> None:
    cafe = make_connection(make_tenant()[0], simulator.account("meta", "page"))
    pause(cafe, why="The logo is being changed.", actor="staff:olga", at=clock.now())
    person = Person(olga, "/admin/")

    person.click("Resume...")
    person.click("Resume connections: 1")

    work_through()
    assert (person.clicks, Connection.objects.across_tenants().get().status) == (2, "active")


def test_one_cause_of_500_dead_letters_is_replayed_with_two(olga: Client, script: Script) -> None:
    tenant, _ = make_tenant()
    lane = make_lane(tenant)
    template = make_letter(tenant, lane=lane)
    jobs = [make_job(tenant, lane=lane) for _ in range(MANY - 1)]
    Job.objects.across_tenants().filter(pk__in=[job.pk for job in jobs]).update(
        state=JobState.DEAD, finished_at=clock.now()
    )
    facts = {f.attname: getattr(template, f.attname) for f in DeadLetter._meta.fields}
    DeadLetter.objects.bulk_create(
        DeadLetter(**{name: value for name, value in facts.items() if name not in {"id", "job_id"}}, job=job)
        for job in jobs
    )
    person = Person(olga, "/admin/")

    person.click("Replay...")
    seen = person.page.content.decode()
    person.click(f"Replay dead letters: {MANY}")

    work_through()
    assert "Goes out now" in seen
    assert (person.clicks, DeadLetter.objects.across_tenants().filter(resolved_at=None).count()) == (2, 0)


@pytest.mark.parametrize(
    ("words", "state", "posted"),
    [("It is there", JobState.SUCCEEDED, 0), ("Send it again", JobState.SUCCEEDED, 1)],
)
def test_an_unconfirmed_post_is_answered_with_two(
    words: str, state: str, posted: int, pump: Pump, script: Script, olga: Client
) -> None:
    script.answers = [unknown()]
    job = make_job(make_tenant()[0], args={"blind": True})
    pump.drain()
    assert reload(job).held_for == HeldFor.UNCONFIRMED
    person = Person(olga, "/admin/")

    person.click("Unconfirmed posts", "Look")
    person.click(words)

    pump.drain()
    assert (person.clicks, reload(job).state, script.posted[job.pk]) == (2, state, posted)
    assert Event.objects.filter(verb="job.answered", actor__startswith="staff:").count() == 1


def test_the_runbook_of_a_problem_is_one_away(olga: Client, script: Script) -> None:
    make_letter(make_tenant()[0])
    person = Person(olga, "/admin/")

    person.click("Runbook", "PARTNER_5XX")

    assert person.clicks == 1
    assert person.page.context["title"] == "PARTNER_5XX: an internal error at the partner"
    assert "Facebook: dead letters" in person.page.content.decode()
