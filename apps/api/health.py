"""Is the process alive, and can it work?"""

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse

from apps.jobs.models import Runner


def healthz(_request: HttpRequest) -> JsonResponse:
    """Answer that this process runs."""
    return JsonResponse({"status": "ok"})


def readyz(_request: HttpRequest) -> JsonResponse:
    """Answer whether the database is there, and whether a worker lives."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT now()")
            now = cursor.fetchone()[0]
        working = Runner.objects.filter(stopped_at=None, lease_until__gt=now).exists()
    except DatabaseError:
        return JsonResponse({"status": "unavailable", "database": "away"}, status=503)
    return JsonResponse(
        {"status": "ok" if working else "degraded", "database": "ok", "worker": "ok" if working else "none"}
    )
