"""Who is alive: workers by their leases, beat by what it made happen."""

from datetime import timedelta

from apps.core import clock
from apps.jobs.models import Runner, Tick

LATE = timedelta(seconds=60)


def workers() -> int:
    """Return how many workers hold a valid lease."""
    return Runner.objects.filter(stopped_at=None, lease_until__gt=clock.real_now()).count()


def beat_is_late() -> bool:
    """Return True when beat, the broker or the control worker has made nothing happen for a minute."""
    return not Tick.objects.filter(name="jobs.sweep", at__gt=clock.real_now() - LATE).exists()
