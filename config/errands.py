"""What beat asks for, seen from a worker."""

import time
from typing import Any

from celery.contrib.django.task import DjangoTask
from django.conf import settings

_began: dict[str, float] = {}  # when this process began each of them last, by its own steady clock


class Errand(DjangoTask[Any, Any]):
    """A task. What beat asked for again and again while no worker was there is done once."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run it, unless it is one of many that waited together."""
        asked_by_beat: str | None = self.request.get("periodic_task_name")
        if asked_by_beat and _has_just_begun(asked_by_beat):
            return None
        return self.run(*args, **kwargs)


def _has_just_begun(name: str) -> bool:
    """Celery's own `expires` compares the sender's clock with ours, and an hour between the two ends all work."""
    now, last, entry = time.monotonic(), _began.get(name), settings.CELERY_BEAT_SCHEDULE.get(name)
    if entry and last is not None and now - last < entry["schedule"] / 2:
        return True
    _began[name] = now
    return False
