"""One cause over many connections is one incident: nobody is told to reconnect, and it ends by itself."""

from collections import Counter
from datetime import timedelta

import pytest

from apps.connections.models import Connection
from apps.core import clock
from apps.errors.codes import ErrorCode
from apps.events.models import Event
from apps.jobs.explain import explain
from apps.jobs.models import DeadLetter, Job
from apps.recovery.choices import IncidentEnd
from apps.recovery.models import Hit, Incident
from apps.recovery.watch import watch
from tests.crowd import OUTAGE, REFUSALS, Answer, Crowd, make_crowd, mixed, works

pytestmark = pytest.mark.django_db


def told() -> int:
    """Count the pauses that a person would have been told of: those that nothing took back."""
    verbs = Counter(Event.objects.values_list("verb", flat=True))
    return verbs["connection.paused"] + verbs["connection.revoked"] - verbs["connection.pause_converted"]


def statuses() -> Counter[str]:
    """Count the connections by status."""
    return Counter(Connection.objects.across_tenants().values_list("status", flat=True))


def arrive(crowd: Crowd, answer: Answer) -> None:
    """Let the calls be answered over two minutes, the first ten before anybody looks."""
    crowd.serve(answer, most=10)
    for _ in range(5):
        crowd.serve(answer, most=100)
        watch()
        clock.travel(timedelta(seconds=20))
    crowd.run(0.4, answer)


class TestManyConnectionsOfManyTenants:
    def test_say_why_they_wait_and_that_nobody_needs_to_act(self) -> None:
        crowd = make_crowd(60, tenants=6)
        arrive(crowd, mixed(REFUSALS))
        job = Job.objects.across_tenants().filter(kind="harmless").first()
        assert job

        why = explain(job, at=clock.now())

        assert (why.sentence, why.who) == (
            "Facebook refuses posts of many accounts right now. It goes on by itself.",
            "Reknit, by itself",
        )

    def test_are_tried_with_three_posts_a_minute_while_the_partner_is_away(self) -> None:
        crowd = make_crowd(120, tenants=12)
        arrive(crowd, mixed(OUTAGE))
        before = crowd.calls

        crowd.run(5, mixed(OUTAGE))

        assert crowd.calls - before == 15
        assert not DeadLetter.objects.across_tenants().exists()

    def test_a_release_stops_when_one_meets_the_cause_again(self) -> None:
        crowd = make_crowd(100, tenants=10)
        arrive(crowd, mixed(OUTAGE))
        few = set(crowd.pks[::10])
        crowd.run(1, works, step=10)

        crowd.post([one for one in crowd.connections if one.pk in few])
        crowd.run(8, lambda job: ErrorCode.PARTNER_5XX if job.connection in few else None)

        assert Event.objects.filter(verb="incident.release_stopped").exists()
        assert Event.objects.filter(verb="incident.opened").count() == 1


class TestTwoFamilies:
    def test_are_two_incidents(self) -> None:
        one, other = make_crowd(60, tenants=6), make_crowd(60, tenants=6, platform="linkedin")

        for crowd in (one, other):
            arrive(crowd, lambda job: mixed(REFUSALS if job.platform == "meta" else OUTAGE)(job))

        found = set(Incident.objects.values_list("platform", "family"))
        assert found == {("meta", "authorisation"), ("linkedin", "availability")}

    def test_at_one_partner_are_two_incidents(self) -> None:
        crowd = make_crowd(60, tenants=6)
        refused = set(crowd.pks[::2])

        arrive(crowd, lambda job: mixed(REFUSALS if job.connection in refused else OUTAGE)(job))

        found = set(Incident.objects.values_list("platform", "family"))
        assert found == {("meta", "authorisation"), ("meta", "availability")}


class TestASingleDeath:
    def test_beside_an_outage_is_paused_by_itself(self) -> None:
        crowd = make_crowd(60, tenants=6)
        own = crowd.pks[7]

        arrive(crowd, lambda job: ErrorCode.AUTH_REVOKED if job.connection == own else ErrorCode.PARTNER_5XX)

        assert (statuses(), told()) == ({"active": 59, "revoked": 1}, 1)
        assert not Hit.objects.across_tenants().filter(connection=own).exists()

    def test_of_a_sign_in_with_twelve_pages_is_no_incident(self) -> None:
        crowd = make_crowd(12, tenants=1)
        Connection.objects.across_tenants().update(grant=crowd.connections[0].grant)

        arrive(crowd, mixed(REFUSALS))

        assert not Incident.objects.exists()


class TestFewTenants:
    @pytest.mark.parametrize("tenants", [1, 2])
    def test_have_incidents_too(self, tenants: int) -> None:
        crowd = make_crowd(12, tenants=tenants)
        arrive(crowd, mixed(REFUSALS))
        assert (statuses(), told()) == ({"active": 12}, 0)

        crowd.run(5)

        assert Incident.objects.get().end == IncidentEnd.OVER

    def test_a_tenth_of_what_was_called_is_no_incident(self) -> None:
        crowd = make_crowd(120, tenants=12)
        few = set(crowd.pks[:12])

        arrive(crowd, lambda job: ErrorCode.PARTNER_5XX if job.connection in few else None)

        assert not Incident.objects.exists()

    def test_a_partner_that_fails_now_and_then_is_not_away(self) -> None:
        crowd = make_crowd(30, tenants=3)
        crowd.serve(mixed(OUTAGE))
        clock.travel(timedelta(seconds=30))

        crowd.run(1)

        assert not Incident.objects.exists()

    def test_an_old_failure_is_none_of_it(self) -> None:
        crowd = make_crowd(14, tenants=4)
        few = set(crowd.pks[7:])
        crowd.serve(mixed(OUTAGE), most=7)
        clock.travel(timedelta(minutes=6))

        crowd.run(0.4, lambda job: ErrorCode.PARTNER_5XX if job.connection in few else None)

        assert not Incident.objects.exists()
