"""Who is alive: workers by their leases and by showing themselves, beat by what it made happen."""

from datetime import timedelta

from apps.core import clock
from apps.jobs.models import Runner, Tick

LATE = timedelta(seconds=60)
SHOWS = timedelta(seconds=20)  # how often each sort of worker shows itself
# What waits while none of a sort runs, and what to start.
SORTS = {
    "engine": "No worker of the engine runs: nothing goes out. Start `worker-engine` of the Procfile.",
    "control": "No control worker runs: nobody is told of pauses and incidents, and access is not renewed in time."
    " Start `worker-control` of the Procfile.",
    "bulk": "No bulk worker runs: operations and backfills wait, and so do jobs in quarantine."
    " Start `worker-bulk` of the Procfile.",
}


def show(sort: str) -> None:
    """Note that a worker of this sort is there; cheap enough for every look around."""
    Tick.take_turn(_name(sort), every=SHOWS, at=clock.real_now())


def missing() -> list[str]:
    """Return the sorts of which no worker has shown itself for a minute."""
    late = clock.real_now() - LATE
    seen = set(Tick.objects.filter(at__gt=late).values_list("name", flat=True))
    gone = [sort for sort in SORTS if _name(sort) not in seen]
    # A worker without a sort does the engine's work, and has no watchdog to show itself.
    if len(gone) == len(SORTS) and workers():
        gone.remove("engine")
    return gone


def _name(sort: str) -> str:
    return f"worker:{sort}"


def workers() -> int:
    """Return how many workers hold a valid lease."""
    return Runner.objects.filter(stopped_at=None, lease_until__gt=clock.real_now()).count()


def turned_within(seconds: float) -> bool:
    """Return True when some runner has looked for work lately."""
    since = clock.real_now() - timedelta(seconds=seconds)
    return Runner.objects.filter(stopped_at=None, turned_at__gt=since).exists()


def beat_is_late() -> bool:
    """Return True when beat, the broker or the control worker has made nothing happen for a minute."""
    return not Tick.objects.filter(name="jobs.sweep", at__gt=clock.real_now() - LATE).exists()
