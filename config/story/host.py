"""The host product of the demo: a server on this machine that takes our webhooks, and believes only what is signed."""

import base64
import hashlib
import hmac
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


class Host(ThreadingHTTPServer):
    """Listens for as long as the demo runs, and keeps what it believed."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Take)
        self.secret = ""
        self.believed: dict[str, dict[str, Any]] = {}
        self.doubted = 0

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}/reknit"

    def start(self) -> None:
        """Listen from now on."""
        Thread(target=self.serve_forever, name="host", daemon=True).start()

    def take(self, headers: dict[str, str], body: bytes) -> bool:
        """Keep what is signed, each message once; False for what is not."""
        name, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        mac = hmac.digest(key, f"{name}.{at}.".encode() + body, hashlib.sha256)
        right = f"v1,{base64.b64encode(mac).decode()}"
        if not any(hmac.compare_digest(right, one) for one in headers.get("webhook-signature", "").split()):
            self.doubted += 1
            return False
        self.believed[name] = json.loads(body)
        return True


class _Take(BaseHTTPRequestHandler):
    server: Host

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.send_response(204 if self.server.take(headers, body) else 401)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""
