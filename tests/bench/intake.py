"""Partners' webhooks at 200 a second for a minute, beside an engine that posts: how long a partner waits for its answer,
and how long it takes from the word that access was taken back to the committed pause.

Peer: the usual way, a view of the REST framework that parses the JSON, writes it by the ORM and hands it to a task.
"""

import asyncio
import hashlib
import hmac
import json
import os
import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from uuid import UUID

import aiohttp

from apps.connections.choices import ConnectionStatus
from apps.connections.models import Connection, Grant
from apps.core.memory import spare_the_collector
from apps.jobs import wake
from tests.bench import database, servers, world
from tests.bench.row import Row

RATE, SECONDS, PEER_SECONDS = 200, int(os.environ.get("INTAKE_SECONDS", "60")), 5
POSTS, ACCOUNTS = 10, 20  # a second, meanwhile
PAUSES_EVERY = 1.0
SECRET = "bench"
WEB = ("-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--blocking-threads", "4")
WORKER = (
    "-m",
    "celery",
    "-A",
    "config",
    "--quiet",
    "worker",
    "--without-gossip",
    "--without-mingle",
    "-c",
    "1",
)
STARTED = 5.0  # seconds until workers that say nothing are there


def run() -> list[Row]:
    """Measure ours, then the peer, at the same rate."""
    database.prepare()
    world.empty()
    owner = world.tenants(1)[0]
    busy = world.accounts(ACCOUNTS, behaviour="ok", owners=[owner])
    doomed = _doomed(int(SECONDS / PAUSES_EVERY))
    with _house("config.wsgi:application") as port, _posting(busy):
        pauses: list[float] = []
        waits = asyncio.run(_minute(port, SECONDS, doomed, pauses))
    with _house("tests.bench.peer.web:application") as port, _posting(busy):
        peer = asyncio.run(_minute(port, PEER_SECONDS, {}, []))
    assert len(pauses) == len(doomed), f"{len(doomed) - len(pauses)} pauses never came"
    theirs = _p(99, peer)
    spread = (max(waits) - min(waits)) / statistics.median(waits)
    who = "a DRF view, ORM and task"
    return [
        Row("intake.p99", _p(99, waits), "ms", who, theirs, spread, 50, 20, "less"),
        Row("intake.pause_p95", _p(95, pauses), "ms", "-", 0, 0, 5_000, 1_000, "less"),
    ]


def _p(part: int, values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=100)[part - 1] * 1000


def _doomed(count: int) -> dict[str, UUID]:
    """Connect pages of as many people; return the connections by person."""
    found = {}
    for number, owner in enumerate(world.tenants(count) * (count // 50 + 1)):
        if number == count:
            break
        grant = Grant.objects.create(tenant=owner, platform="meta", external_user_id=f"person-{number}")
        (page,) = world.accounts(1, behaviour="ok", owners=[owner])
        Connection.objects.across_tenants().filter(pk=page).update(grant=grant)
        found[grant.external_user_id] = page
    return found


@contextmanager
def _house(application: str) -> Iterator[int]:
    """Run a web process, the control worker and an engine."""
    port = servers.free_port()
    with ExitStack() as stack:
        stack.enter_context(servers.Side(*WEB, "--port", str(port), "--log-level", "warning", application))
        for sort in ("control", "engine"):
            worker = (*WORKER, "-Q", sort, "-n", f"{sort}@bench")
            stack.enter_context(servers.Side(*worker, REKNIT_WORKER=sort))
        servers.wait(lambda: _answers(port))
        time.sleep(STARTED)
        yield port


def _answers(port: int) -> bool:
    import http.client

    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False


@contextmanager
def _posting(to: Sequence[UUID]) -> Iterator[None]:
    """Let the engine post meanwhile, as in the demo."""
    from django.db import connections

    over = threading.Event()

    def post() -> None:
        while not over.wait(1.0):
            world.post(POSTS, to)
            wake.engine()
        connections.close_all()

    thread = threading.Thread(target=post)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


async def _minute(port: int, seconds: int, doomed: dict[str, UUID], pauses: list[float]) -> list[float]:
    """Send at a fixed rate, whatever the answers take; a wait counts from when its POST was due."""
    spare_the_collector()  # ours: a fifth of a second in which nothing is sent counted as the house's
    waits: list[float] = []
    connector = aiohttp.TCPConnector(limit=100)
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", connector=connector) as session:
        begun, sent = time.perf_counter(), []
        people = iter(doomed.items())
        for number in range(RATE * seconds):
            due = begun + number / RATE
            await asyncio.sleep(max(due - time.perf_counter(), 0))
            path, body, kind, headers = _noise(number)
            if number % int(RATE * PAUSES_EVERY) == 0 and (one := next(people, None)):
                path, body, kind, headers = _deauthorize(one[0])
                sent.append(asyncio.to_thread(_paused, one[1], time.perf_counter(), pauses))
                sent[-1] = asyncio.ensure_future(sent[-1])
            sent.append(asyncio.ensure_future(_post(session, path, body, kind, headers, due, waits)))
        await asyncio.gather(*sent)
    return waits


async def _post(
    session: aiohttp.ClientSession,
    path: str,
    body: bytes,
    kind: str,
    headers: dict[str, str],
    due: float,
    waits: list[float],
) -> None:
    async with session.post(path, data=body, headers={**headers, "Content-Type": kind}) as answer:
        assert answer.status == 200, answer.status
    waits.append(time.perf_counter() - due)


def _paused(connection: UUID, begun: float, pauses: list[float]) -> None:
    from django.db import connections

    rows = Connection.objects.across_tenants().filter(pk=connection, status=ConnectionStatus.REVOKED)
    while time.perf_counter() - begun < 30:
        if rows.exists():
            pauses.append(time.perf_counter() - begun)
            break
        time.sleep(0.05)
    connections.close_all()


def _noise(number: int) -> tuple[str, bytes, str, dict[str, str]]:
    """What pages say all day."""
    change = {
        "field": "feed",
        "value": {"item": "comment", "verb": "add", "message": "Lovely. " * 30, "n": number},
    }
    entry = {"id": f"page-{number % 500}", "time": int(time.time()), "changes": [change]}
    body = json.dumps({"object": "page", "entry": [entry]}).encode()
    seal = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    return "/api/webhooks/meta", body, "application/json", {"X-Hub-Signature-256": f"sha256={seal}"}


def _deauthorize(person: str) -> tuple[str, bytes, str, dict[str, str]]:
    from tests.partner_posts import deauthorize

    sent = deauthorize(person, secret=SECRET)
    return f"/api/webhooks/{sent.path}", sent.body, sent.kind, {}
