"""Partners' webhooks by the thousand, while web and control workers are killed: each real one acts once, no other does."""

import asyncio
import os
import time
from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import TYPE_CHECKING

import aiohttp

from config.stack.stack import Stack
from tests.faults.campaign.judge import Verdict
from tests.partner_posts import RISC_ISSUER, SECRETS, Google, Sent
from tests.webhook_gun import Shots

if TYPE_CHECKING:
    from apps.tenants.models import Tenant

AT_ONCE = 16
PATIENCE = 900.0  # seconds until the last is read: each stop writes its holds, events and notices
KILLS = 8  # while they come, by turns of what takes them and what reads them; and half as many of the reader after that
READ_BEFORE_A_KILL = 15.0  # seconds; a reader needs five to start
TRIES = 60


def run(seed: int, count: int, stack: Stack) -> tuple[list[Verdict], list[str]]:
    """Send as many, and judge; return the verdict and what the table has no column for."""
    from tests import webhook_gun
    from tests.make import make_tenant

    # The partners of this house are the simulator's: ours seal as they would.
    SECRETS.update({name: stack.environment[f"REKNIT_{name}"] for name in SECRETS})
    google = Google()
    _publish(google)
    tenants = [make_tenant(f"Tenant {n}", f"alice@tenant{n}.test")[0] for n in range(5)]
    _leave_alone(tenants)
    shots = webhook_gun.load(count, tenants, google, Random(f"{seed}:webhooks"))
    begun, statuses = time.monotonic(), Counter[int]()
    asyncio.run(_send_all(stack, shots, statuses))
    sent_in = time.monotonic() - begun
    _wait(stack)
    read_in = time.monotonic() - begun
    wrong = webhook_gun.troubles(shots)
    unforeseen = {status for status in statuses if status >= 500 and status != 503}
    verdict = Verdict(
        campaign="webhooks",
        platform="meta, tiktok, gbp",
        verify="-",
        seed=seed,
        jobs=len(shots.sent),
        unknown=statuses[0] + statuses[503],
        succeeded=shots.real if not wrong else 0,
        lost=len(wrong),
        doubled=0,
        stuck=0,
        unconfirmed=0,
        failed=len(unforeseen),
        recovery_p50_s=0.0,
        recovery_max_s=0.0,
    )
    said = {str(status or "cut"): times for status, times in sorted(statuses.items())}
    killed = {name: stack.processes[name].restarts for name in ("web", "worker-control")}
    lines = [
        f"{len(shots.sent)} POSTs in {sent_in:.0f} s, read after {read_in:.0f} s; kills {killed}; answers {said}",
        *wrong,
    ]
    return [verdict], lines


def _leave_alone(tenants: "Sequence[Tenant]") -> None:
    """Ask nobody unasked: these accounts have no credentials, and here only what partners tell may stop any."""
    from apps.core import clock
    from apps.tenants import flags
    from apps.tenants.choices import Flag

    for tenant in tenants:
        flags.switch(tenant=tenant.pk, flag=Flag.SYNTHETIC_PINGS, on=False, actor="campaign", at=clock.now())


def _publish(google: Google) -> None:
    """Stand in for the fetch of Google's keys."""
    from apps.core import clock
    from apps.webhooks.inbound import keys
    from apps.webhooks.models import SigningKeys

    for name, issuer in ((keys.CERTS, ""), (keys.RISC, RISC_ISSUER)):
        values = {"issuer": issuer, "keys": [google.published], "fetched_at": clock.now()}
        SigningKeys.objects.update_or_create(name=name, defaults=values)


async def _send_all(stack: Stack, shots: Shots, statuses: "Counter[int]") -> None:
    """Send in order, a few at once; after equal shares of them kill by turns what takes them and what reads them."""
    share = len(shots.sent) / (KILLS + 1)
    blows = {round(share * n): ("web", "worker-control")[n % 2] for n in range(1, KILLS + 1)}
    waiting: asyncio.Queue[tuple[Sent, str]] = asyncio.Queue()
    for number, sent in enumerate(shots.sent):
        waiting.put_nowait((sent, blows.get(number, "")))
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
        senders = [asyncio.create_task(_sender(stack, session, waiting, statuses)) for _ in range(AT_ONCE)]
        await asyncio.gather(*senders)


async def _sender(
    stack: Stack,
    session: aiohttp.ClientSession,
    waiting: "asyncio.Queue[tuple[Sent, str]]",
    statuses: "Counter[int]",
) -> None:
    while not waiting.empty():
        sent, victim = waiting.get_nowait()
        if victim:
            await asyncio.to_thread(stack.kill, victim)
        for _ in range(TRIES):
            status = await _send(stack, session, sent)
            statuses[status] += 1
            if status not in {0, 503}:
                break
            await asyncio.sleep(0.5)  # a partner brings again what was cut or answered 503


async def _send(stack: Stack, session: aiohttp.ClientSession, sent: Sent) -> int:
    url, headers = f"{stack.url}/api/webhooks/{sent.path}", {**sent.headers, "Content-Type": sent.kind}
    try:
        async with session.post(url, data=sent.body, headers=headers) as answer:
            return answer.status
    except (aiohttp.ClientError, TimeoutError):
        return 0


def _wait(stack: Stack) -> None:
    """Wait until everything is read, and for a moment more: what comes too much would come now."""
    from apps.webhooks.models import Intake

    begun = time.monotonic()
    end, kills = begun + PATIENCE, 0
    while time.monotonic() < end and Intake.objects.filter(state="new").exists():
        if kills < KILLS // 2 and time.monotonic() > begun + kills * READ_BEFORE_A_KILL:
            stack.kill("worker-control")
            kills += 1
        time.sleep(0.2)
    time.sleep(float(os.environ.get("REKNIT_SETTLE", "2")))
