"""The host products of the outgoing campaign: each takes webhooks in a way of its own, and keeps what came."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any

from tests.receivers import serving

TOO_LONG = 16.0  # seconds; we wait 15
CUT = 0  # the line is cut without an answer
FLAPS = (500, 502, 404, CUT)
THINKS = 0.3  # seconds
RESTS = 120  # seconds that a busy one asks for


@dataclass(frozen=True)
class Say:
    """One answer."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    wait: float = 0.0


Behave = Callable[[int], Say]  # by how often this message was here before


class Taker(ThreadingHTTPServer):
    """A receiver on this machine. It listens when it is told to: before that nobody is there."""

    daemon_threads = True
    request_queue_size = 200

    def __init__(self, name: str, behave: Behave) -> None:
        super().__init__(("127.0.0.1", 0), _Take, bind_and_activate=False)
        self.server_bind()
        self.name, self.behave, self.secret = name, behave, ""
        self.acknowledged: Counter[str] = Counter()
        self.asked: Counter[str] = Counter()
        self.bodies: defaultdict[str, set[bytes]] = defaultdict(set)
        self.forged = 0
        self.guard = threading.Lock()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}/hooks"

    def said(self) -> list[dict[str, Any]]:
        """Return what it acknowledged, each message once."""
        return [json.loads(min(self.bodies[name])) for name in self.acknowledged]

    def answer(self, headers: Mapping[str, str], body: bytes) -> Say:
        """Write down what came, and say what this one says to it."""
        name = headers.get("webhook-id", "")
        with self.guard:
            before = self.asked[name]
            self.asked[name] += 1
            self.bodies[name].add(body)
            self.forged += not proves(self.secret, headers, body)
            return self.behave(before)

    def acknowledge(self, headers: Mapping[str, str]) -> None:
        """Count what was taken."""
        with self.guard:
            self.acknowledged[headers.get("webhook-id", "")] += 1


class _Take(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Taker

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        say = self.server.answer(headers, body)
        time.sleep(say.wait)
        if say.status == CUT:
            self.close_connection = True
            return
        if say.status < 300:
            self.server.acknowledge(headers)
        self.send_response(say.status)
        for name, value in say.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""


class Gone:
    """Says 410 until it is back."""

    def __init__(self) -> None:
        self.back = False

    def __call__(self, _before: int) -> Say:
        return Say() if self.back else Say(410)


def steady(_before: int) -> Say:
    """Takes everything, after a moment in which a worker may die."""
    return Say(wait=THINKS)


def flapping(rng: Random) -> Behave:
    """Fails at each message up to three times, in four ways."""
    return lambda before: Say(rng.choice(FLAPS)) if before < rng.randrange(4) else Say()


def slow(rng: Random) -> Behave:
    """Thinks for too long at one message in eight, and takes it all the same."""
    return lambda before: Say(wait=TOO_LONG if not before and rng.random() < 1 / 8 else THINKS)


def busy(rng: Random) -> Behave:
    """Wants it slower, now and then."""
    wait = Say(429, {"Retry-After": str(RESTS)})
    return lambda before: wait if not before and rng.random() < 1 / 8 else Say()


def redirecting(trap: Taker) -> Behave:
    """Sends what comes for the first time to a place inside."""
    return lambda before: Say() if before else Say(307, {"Location": trap.url})


def proves(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Check the signature as the specification of Standard Webhooks says, with no code of ours."""
    signed = b".".join(
        [headers.get("webhook-id", "").encode(), headers.get("webhook-timestamp", "").encode(), body]
    )
    key = base64.b64decode(secret.removeprefix("whsec_"))
    right = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return f"v1,{right}" in headers.get("webhook-signature", "").split()


@contextmanager
def listening(takers: list[Taker]) -> Iterator[None]:
    """Let them answer for the length of a campaign."""
    with ExitStack() as open_ones:
        for taker in takers:
            taker.server_activate()
            open_ones.enter_context(serving(taker))
        yield
