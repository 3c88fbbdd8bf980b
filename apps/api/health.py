"""Is the process alive, and can it work?"""

from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse

from apps.jobs import liveness


def healthz(_request: HttpRequest) -> JsonResponse:
    """Answer that this process runs."""
    return JsonResponse({"status": "ok"})


def readyz(_request: HttpRequest) -> JsonResponse:
    """
    Answer whether the database is there, whether workers of each sort live, and whether beat and broker do.

    Without a database nothing works: 503. Without the others work goes on (a watchdog turns the engine), but somebody
    should look: `degraded`, with what is missing and what to start; `manage.py doctor` says more.
    """
    try:
        missing, ticking = liveness.missing(), not liveness.beat_is_late()
    except DatabaseError:
        return JsonResponse({"status": "unavailable", "database": "away"}, status=503)
    return JsonResponse(
        {
            "status": "ok" if ticking and not missing else "degraded",
            "database": "ok",
            "worker": "none" if "engine" in missing else "ok",
            "beat": "ok" if ticking else "late",
            "missing": [liveness.SORTS[sort] for sort in missing],
        }
    )
