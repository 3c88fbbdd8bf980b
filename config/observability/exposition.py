"""What Prometheus reads: of a worker what its processes have counted, of web also how the house stands."""

import logging
import threading
import time
from collections.abc import Iterable

from django.db import DatabaseError, connection, transaction
from django.http import HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector, CollectorRegistry

from apps.core import metrics
from config.observability.access import may_read

logger = logging.getLogger(__name__)
KEPT = 10.0  # seconds: several may scrape, the database is asked once
PATIENCE = 5000  # milliseconds of a statement
UP = metrics.gauge("state_gauges_up", "1 when an app's gauges could be read, 0 when they are missing.", "of")
REFUSED = "Metrics are for this machine, or for whoever brings REKNIT_METRICS_TOKEN as a bearer token.\n"


class State(Collector):
    """The gauges of all apps. When the database is away they are missing, and the counters are still there."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._read_at = -KEPT
        self._found: list[Metric] = []

    def collect(self) -> Iterable[Metric]:
        """Return what was found a moment ago, or look."""
        with self._guard:
            if time.monotonic() - self._read_at >= KEPT:
                self._found, self._read_at = self._look(), time.monotonic()
            return self._found

    def forget(self) -> None:
        """Look anew at the next question; for tests."""
        self._read_at = -KEPT

    def _look(self) -> list[Metric]:
        found = {name: _gauges(name) for name in metrics.GAUGES.names()}
        up = UP([((name,), int(read is not None)) for name, read in found.items()])
        return [*(one for read in found.values() for one in read or ()), up]


def _gauges(name: str) -> list[Metric] | None:
    """Return an app's gauges; None when they could not be read, which must not hide the others."""
    try:
        with transaction.atomic():
            connection.cursor().execute("SELECT set_config('statement_timeout', %s, true)", [str(PATIENCE)])
            return list(metrics.GAUGES.get(name)())
    except DatabaseError as error:
        logger.warning("metrics.database_away", extra={"error": type(error).__name__})
        return None


STATE = State()


def counted() -> bytes:
    """Return what this service's processes have counted, as text."""
    return generate_latest(metrics.counted())


def everything() -> bytes:
    """Return the same, and how the house stands."""
    state = CollectorRegistry()
    state.register(STATE)
    return counted() + generate_latest(state)


def page(request: HttpRequest) -> HttpResponse:
    """Answer Prometheus."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    if not may_read(str(request.META.get("REMOTE_ADDR", "")), headers):
        return HttpResponse(REFUSED, status=403, content_type="text/plain; charset=utf-8")
    return HttpResponse(everything(), content_type=CONTENT_TYPE_LATEST)
