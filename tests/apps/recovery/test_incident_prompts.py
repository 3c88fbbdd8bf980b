"""When people are asked to reconnect while an incident may be beginning: not before it could take the pause back."""

from datetime import timedelta

import pytest

from apps.core import clock
from apps.errors.codes import ErrorCode
from apps.events.models import Event
from apps.notifications.models import Notice
from apps.recovery import asking, notices
from apps.recovery.models import Incident, Prompt
from apps.recovery.watch import watch
from tests.crowd import Crowd, make_crowd

pytestmark = pytest.mark.django_db
EVERY = timedelta(seconds=30)


def let_one_die(crowd: Crowd, number: int) -> None:
    """Let the partner refuse one of the connections; everything that follows a stop follows it."""
    crowd.post([crowd.connections[number]])
    crowd.serve(lambda _job: ErrorCode.AUTH_REVOKED)
    subject = f"connection:{crowd.connections[number].pk}"
    notices.act(list(Event.objects.filter(subject=subject).order_by("id")), clock.now())


def told() -> int:
    """Look around as the control worker does, and count what people were told so far."""
    watch()
    notices.act(list(Event.objects.filter(verb="connection.pause_converted")), clock.now())
    asking.tell_due()
    return Notice.objects.across_tenants().filter(about__startswith="connection:").count()


def test_the_first_ten_of_a_slow_incident_are_not_asked() -> None:
    crowd, counts = make_crowd(12, tenants=4, posts=False), []
    for number in range(10):
        let_one_die(crowd, number)
        counts.append(told())
        clock.travel(EVERY)

    for _ in range(12):
        counts.append(told())
        clock.travel(EVERY)

    assert Incident.objects.get().closed_at is None
    assert set(counts) == {0}
    assert not Prompt.objects.across_tenants().filter(closed_at=None).exists()


def test_one_that_dies_alone_is_asked_after_three_minutes() -> None:
    crowd = make_crowd(12, tenants=4, posts=False)
    let_one_die(crowd, 0)
    clock.travel(timedelta(minutes=2, seconds=59))
    before = told()
    clock.travel(timedelta(seconds=1))

    assert (before, told()) == (0, 1)


def test_two_that_die_together_are_asked_when_no_incident_can_take_it_back_any_more() -> None:
    crowd = make_crowd(12, tenants=4, posts=False)
    let_one_die(crowd, 0)
    let_one_die(crowd, 1)
    clock.travel(timedelta(minutes=4, seconds=59))
    before = told()
    clock.travel(timedelta(seconds=1))

    assert (before, told()) == (0, 2)
