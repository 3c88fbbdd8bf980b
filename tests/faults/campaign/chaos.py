"""What is done to partners and processes while a campaign runs."""

import contextlib
import itertools
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from django.db import DatabaseError, connection
from redis import Redis

from apps.core import clock
from apps.jobs.choices import JobState
from apps.jobs.models import Job
from config.stack.stack import Stack
from tests.faults.campaign.cast import Partners, Role

INTERNAL_ERROR = {"message": "Internal server error", "status": 500, "title": "Internal Server Error"}
NONSENSE = "<html>" * 2000 + "\x00"
SLOW = 1.0  # seconds
LAGS = (60, 300, 840)  # seconds before they are divided by the run's speed; the data files allow 15 minutes
DRAIN_LIMIT = 30.0  # seconds for a stop in good order


def order_partner_faults(
    partners: Partners, roles: tuple[Role, ...], accounts: list[tuple[str, str]], rng: Random
) -> None:
    """
    One write in ten is accepted and cut, one in ten accepted and answered with 500; one account in twenty lags.

    A few are cut, or answered with 500 or nonsense, without being accepted: what looks the same must be sent again.
    """
    orders: list[dict[str, Any]] = []
    for role in {(role.platform, role.commit) for role in roles}:
        often = {"platform": role[0], "operation": role[1], "times": 10**9, "chance": 0.1}
        orders.append({**often, "effect": "accept_then_cut"})
        orders.append({**often, "effect": "accept_then_answer", "status": 500, "body": INTERNAL_ERROR})
        rarely = {**often, "chance": 0.02}
        orders.append({**rarely, "effect": "cut"})
        orders.append({**rarely, "effect": "answer", "status": 500, "body": INTERNAL_ERROR})
        orders.append({**rarely, "effect": "answer", "status": 200, "body": NONSENSE})
        orders.append({**rarely, "effect": "accept_then_answer", "status": 200, "body": NONSENSE})
        orders.append({**often, "effect": "slow", "chance": 0.5, "seconds": SLOW})
    partners.tell("faults", orders)
    for platform, account in accounts:
        if rng.random() < 0.05:
            seconds = rng.choice(LAGS) / float(os.environ["REKNIT_SPEED"])
            partners.tell("lag", {"platform": platform, "account": account, "seconds": seconds})


@dataclass
class Chaos:
    """Blows that fall while jobs are open, each written down with what was in flight."""

    stack: Stack
    rng: Random
    blows: tuple[Callable[["Chaos"], None], ...]
    every: tuple[float, float] = (4.0, 9.0)
    struck: list[str] = field(default_factory=list)
    orphans: list[tuple[float, set[str]]] = field(
        default_factory=list
    )  # database time of a death, jobs in hand
    outages: list[tuple[float, float, int]] = field(
        default_factory=list
    )  # down, up again, jobs that were due
    drains: list[float] = field(default_factory=list)  # seconds that a stop in good order took
    _ending: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def begin(self) -> None:
        """Strike now and then until the end."""
        if self.blows:
            self._thread = threading.Thread(target=self._run, name="chaos", daemon=True)
            self._thread.start()

    def end(self) -> None:
        """Strike no more; returns when the last blow is over."""
        self._ending.set()
        if self._thread:
            self._thread.join(timeout=60)

    def _run(self) -> None:
        wait = 1.0
        order = self.rng.sample(self.blows, len(self.blows))
        for blow in itertools.cycle(order):
            if self._ending.wait(wait):
                break
            wait = self.rng.uniform(*self.every)
            self.struck.append(blow.__name__)
            with contextlib.suppress(DatabaseError, OSError):
                blow(self)
        connection.close()

    def note_orphans(self) -> None:
        """Remember which jobs were in hand, and when."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT extract(epoch FROM now())")
            at = float(cursor.fetchone()[0])
        running = Job.objects.across_tenants().filter(state=JobState.RUNNING).values_list("pk", flat=True)
        self.orphans.append((at, {str(pk) for pk in running}))


def kill_worker(chaos: Chaos) -> None:
    """SIGKILL the engine's worker and its children."""
    chaos.note_orphans()
    chaos.stack.kill("worker-engine")


def restart_worker(chaos: Chaos) -> None:
    """Stop the engine's worker in good order, as a deployment does; the supervisor starts the next one."""
    began = time.monotonic()
    chaos.stack.processes["worker-engine"].stop(within=DRAIN_LIMIT * 2)
    chaos.drains.append(time.monotonic() - began)


def freeze_worker(chaos: Chaos) -> None:
    """Stop the engine's worker for longer than a lease, then let it go on."""
    chaos.stack.freeze("worker-engine")
    time.sleep(50)
    chaos.stack.thaw("worker-engine")


def kill_beat(chaos: Chaos) -> None:
    """SIGKILL the clock that ticks the engine."""
    chaos.stack.kill("beat")


def kill_control(chaos: Chaos) -> None:
    """SIGKILL the worker of webhooks, sweeps and schedules."""
    chaos.stack.kill("worker-control")


def kill_redis(chaos: Chaos) -> None:
    """Kill the broker with everything in it."""
    chaos.stack.restart_valkey()


def flush_redis(chaos: Chaos) -> None:
    """FLUSHALL."""
    path = chaos.stack.environment["REDIS_URL"].removeprefix("redis+socket://")
    with Redis(unix_socket_path=path) as redis:
        redis.flushall()


def crash_postgres(chaos: Chaos) -> None:
    """Pull PostgreSQL's plug."""
    chaos.note_orphans()
    due = Job.objects.across_tenants().filter(state=JobState.QUEUED, run_at__lte=clock.now()).count()
    down = time.time()
    chaos.stack.crash_postgres()
    chaos.outages.append((down, time.time(), due))
    connection.close()


CAMPAIGNS: dict[str, tuple[Callable[[Chaos], None], ...]] = {
    "partners": (),
    "workers": (kill_worker, restart_worker),
    "rolling": (restart_worker,),
    "skewed": (kill_worker,),
    "poison": (),
    "frozen": (freeze_worker,),
    "broker": (kill_redis, flush_redis, kill_beat, kill_control),
    "postgres": (crash_postgres,),
    "everything": (
        kill_worker,
        restart_worker,
        kill_redis,
        flush_redis,
        kill_beat,
        kill_control,
        crash_postgres,
    ),
}
