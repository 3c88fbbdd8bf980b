"""A worker's own address for Prometheus: the parent process shows what its children have counted."""

import logging
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from celery.signals import worker_ready
from django.conf import settings
from prometheus_client import CONTENT_TYPE_LATEST

from config.observability.access import may_read
from config.observability.exposition import REFUSED, counted

logger = logging.getLogger(__name__)


class _Page(BaseHTTPRequestHandler):
    timeout = 10  # seconds for a caller that says nothing

    def do_GET(self) -> None:
        if self.path.partition("?")[0] != "/metrics":
            self._answer(404, b"", "text/plain")
        elif may_read(self.client_address[0], {name.lower(): value for name, value in self.headers.items()}):
            self._answer(200, counted(), CONTENT_TYPE_LATEST)
        else:
            self._answer(403, REFUSED.encode(), "text/plain; charset=utf-8")

    def _answer(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing: it is asked four times a minute."""


@worker_ready.connect
def open_port(**_kwargs: Any) -> None:
    """Serve in a thread of the parent; a port that is taken keeps no worker from its work."""
    if not settings.METRICS_PORT:
        return
    try:
        server = ThreadingHTTPServer((settings.METRICS_HOST, settings.METRICS_PORT), _Page)
    except OSError as error:
        logger.warning("metrics.port_taken", extra={"port": settings.METRICS_PORT, "error": str(error)})
        return
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
