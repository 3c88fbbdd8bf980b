"""Posts a second, from accepted to settled. Peer: Celery tasks that make the same POST, at their best prefetch."""

import time
from collections.abc import Sequence
from contextlib import ExitStack
from uuid import UUID

from django.db import connection

from tests.bench import database, servers, world
from tests.bench.row import Row, in_turns

PROCESSES = 2
PREFETCH = (1, 4, 64)
LANES = {1: 200, 25: 2_000, 500: 8_000, 2_000: 8_000}  # and how many posts
PEER_POSTS = 1_000
_LEFT = "SELECT EXISTS (SELECT 1 FROM jobs_job WHERE state <> 'succeeded')"


def run() -> list[Row]:
    """Measure every number of lanes beside the peer."""
    database.prepare()
    best = max(PREFETCH, key=_peer)
    rows = []
    for lanes, posts in LANES.items():
        value, peer, spread = in_turns(
            lambda lanes=lanes, posts=posts: _ours(lanes, posts), lambda: _peer(best)
        )  # type: ignore[misc]
        promised = lanes >= 500
        rows.append(
            Row(
                f"pipeline.lanes_{lanes}",
                value,
                "jobs/s",
                f"Celery prefork, requests.Session, prefetch {best}",
                peer,
                spread,
                6 * peer if promised else 0,
                12 * peer if promised else 0,
                "more",
            )
        )
    return rows


def _ours(lanes: int, posts: int) -> float:
    world.empty()
    to = world.accounts(lanes, behaviour="ok", owners=world.tenants(min(lanes, 50)))
    world.tidy()
    with ExitStack() as stack:
        for side in [
            stack.enter_context(servers.Side(*servers.OURS, REKNIT_WORKER="engine")) for _ in range(PROCESSES)
        ]:
            side.ready()
        _post_and_wait(min(lanes, 100), to)
        return posts / _post_and_wait(posts, to)


def _post_and_wait(posts: int, to: Sequence[UUID]) -> float:
    """Return the seconds from the wake to the last commit; like the peer's, our workers find a full queue."""
    world.store(posts, to)
    begun = time.perf_counter()
    world.wake(to)
    servers.wait(lambda: not _is_left())
    return time.perf_counter() - begun


def _is_left() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_LEFT)
        return bool(cursor.fetchone()[0])


def peer_is_up() -> bool:
    """Return True when the peer's workers listen."""
    from tests.bench.peer.app import app

    return bool(app.control.ping(["peer@bench"], timeout=0.5))


def _peer(prefetch: int) -> float:
    """Let workers that are up and warm find a full queue."""
    from tests.bench.peer.app import app, publish

    with servers.Side(*servers.PEER, PREFETCH=str(prefetch)):
        servers.wait(peer_is_up)
        before = servers.posts()
        for number in range(PEER_POSTS):
            publish.delay("ok-peer", f"Post {number}")
        begun = time.perf_counter()
        app.control.add_consumer("posts", destination=["peer@bench"])
        servers.wait(lambda: servers.posts() - before >= PEER_POSTS)
        return PEER_POSTS / (time.perf_counter() - begun)
