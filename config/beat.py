"""Beat, on a machine whose clock is put right while it runs."""

import time
from typing import Any

from django_celery_beat.schedulers import DatabaseScheduler, ModelEntry


class Entry(ModelEntry):
    """A task and when it ran last. What ran in the future, by a clock that was wrong, ran now."""

    def is_due(self) -> Any:
        """Return whether it is due, and the seconds until somebody should look again."""
        self.last_run_at = min(self.last_run_at, self._default_now())  # type: ignore[no-untyped-call]
        return super().is_due()  # type: ignore[no-untyped-call]


class Scheduler(DatabaseScheduler):
    """
    Django-celery-beat's own, but for clocks that go back.

    It keeps its tasks in the order of wall times. After an hour that was taken back, those that had been put in before
    would come last for an hour: the first few would be asked for again and again, and the others not at all.
    """

    Entry = Entry
    _looked_at = 0.0

    def tick(self, *args: Any, **kwargs: Any) -> Any:
        """Ask for what is due, in an order made anew when the clock went back."""
        now = time.time()
        if now < self._looked_at:
            self._heap = None  # type: ignore[assignment]
        self._looked_at = now
        return super().tick(*args, **kwargs)
