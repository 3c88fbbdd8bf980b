"""Is the process alive, and can it work?"""

from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse

from apps.jobs import liveness


def healthz(_request: HttpRequest) -> JsonResponse:
    """Answer that this process runs."""
    return JsonResponse({"status": "ok"})


def readyz(_request: HttpRequest) -> JsonResponse:
    """
    Answer whether the database is there, whether a worker lives, and whether beat and broker do.

    Without a database nothing works: 503. Without the others work goes on (a watchdog turns the engine), but somebody
    should look: `degraded`, and `manage.py doctor` says what to do.
    """
    try:
        worker, ticking = liveness.workers() > 0, not liveness.beat_is_late()
    except DatabaseError:
        return JsonResponse({"status": "unavailable", "database": "away"}, status=503)
    return JsonResponse(
        {
            "status": "ok" if worker and ticking else "degraded",
            "database": "ok",
            "worker": "ok" if worker else "none",
            "beat": "ok" if ticking else "late",
        }
    )
