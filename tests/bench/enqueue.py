"""Jobs accepted a second through the API, in batches of 1,000. Peer: one POST /jobs for each."""

import http.client
import json
import threading
import time
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID, uuid4

from apps.core import clock
from apps.tenants import keys
from tests.bench import database, servers, world
from tests.bench.row import Row, in_turns

BATCHES, OF = 20, 1_000
SINGLES = 300
WEB_PROCESSES = 2  # as in the Procfile: one a core
CLIENTS = 4
ACCOUNTS = 100


def run() -> list[Row]:
    """Measure both through the same web processes."""
    database.prepare()
    world.empty()
    owner = world.tenants(1)[0]
    to = world.accounts(ACCOUNTS, behaviour="ok", owners=[owner])
    at = clock.now()
    _, key = keys.issue(
        tenant=owner.pk, name="bench", scopes=("publish",), at=at, expires_at=at + timedelta(hours=1)
    )
    port = servers.free_port()
    web = ("-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port))
    more = (
        "--workers",
        str(WEB_PROCESSES),
        "--blocking-threads",
        "4",
        "--log-level",
        "warning",
        "config.wsgi:application",
    )
    with servers.Side(*web, *more):
        servers.wait(lambda: _answers(port))

        def many() -> float:
            return _rate(port, key, [("batch/jobs", _batch(to)) for _ in range(BATCHES)], BATCHES * OF)

        def one_by_one() -> float:
            return _rate(port, key, [("jobs", _post(to[n % ACCOUNTS])) for n in range(SINGLES)], SINGLES)

        many()  # processes that have just begun prepare their statements
        value, peer, spread = in_turns(many, one_by_one)
    return [Row("enqueue", value, "jobs/s", "POST /jobs one by one", peer, spread, 5_000, 12_000, "more")]


def _batch(to: Sequence[UUID]) -> dict[str, object]:
    return {"jobs": [_post(to[number % len(to)]) for number in range(OF)]}


def _post(to: UUID) -> dict[str, object]:
    text = f"Autumn menu {uuid4()}"
    return {
        "kind": "publish",
        "connection": str(to),
        "content": {"format": "text", "text": text},
        "idempotency_key": text,
    }


def _rate(port: int, key: str, requests: Sequence[tuple[str, object]], jobs: int) -> float:
    bodies = [(path, json.dumps(body)) for path, body in requests]
    failed: list[object] = []
    clients = [
        threading.Thread(target=_send, args=(port, key, bodies[number::CLIENTS], failed))
        for number in range(CLIENTS)
    ]
    begun = time.perf_counter()
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    took = time.perf_counter() - begun
    assert not failed, failed[0]
    return jobs / took


def _send(port: int, key: str, requests: Sequence[tuple[str, str]], failed: list[object]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    for path, body in requests:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        connection.request("POST", f"/api/v2/{path}", body, headers)
        answer = connection.getresponse()
        said = json.loads(answer.read())
        if any(one["status"] != 201 for one in said.get("results", [{"status": answer.status}])):
            failed.append(said)


def _answers(port: int) -> bool:
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
