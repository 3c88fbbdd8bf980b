"""The outermost middleware: gives each request a name, and says in one line and two metrics what became of it."""

import logging
import time
from collections.abc import Callable
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase

from apps.core import context, ids, metrics, tracing
from apps.webhooks.inbound.views import PREFIX

logger = logging.getLogger(__name__)
HEADER = "X-Request-ID"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
QUIET = frozenset({"healthz", "readyz", "metrics"})  # asked all day by machines
ANSWERED = metrics.counter(
    "http_requests_total", "Requests that were answered, by the view's name.", "view", "method", "status"
)
TOOK = metrics.histogram("http_request_seconds", "How long requests took.", "view")


class Requests:
    """Counts, names and logs what comes in; must stand first."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        with context.answering(_name_of(request)) as answering:
            with tracing.during("request", trace=answering.request, method=request.method):
                response = self._get_response(request)
            response[HEADER] = str(answering.request)
            _tell(request, response, time.perf_counter() - began)
        return response


def _name_of(request: HttpRequest) -> UUID:
    """Return the caller's name for it when that is a UUID, else one of ours."""
    try:
        return UUID(request.headers.get(HEADER, ""))
    except ValueError:
        return ids.uuid7()


def _tell(request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
    view = _view_of(request)
    method = request.method if request.method in METHODS else "other"
    ANSWERED.labels(view, method, str(response.status_code)).inc()
    TOOK.labels(view).observe(seconds)
    logger.log(
        logging.DEBUG if view in QUIET else logging.INFO,
        "request.answered",
        extra={
            "method": method,
            "view": view,
            "status": response.status_code,
            "latency_ms": round(seconds * 1000, 1),
        },
    )


def _view_of(request: HttpRequest) -> str:
    """Return a name of which there are as many as views; never the path, which may hold keys."""
    if request.resolver_match is not None:
        return request.resolver_match.view_name or "unnamed"
    return "partners_webhooks" if request.path_info.startswith(PREFIX) else "none"
