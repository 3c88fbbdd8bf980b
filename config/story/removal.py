"""The chapter of the webhooks: a person removes our app at the partner, who tells us; we stop, and tell the host product."""

import json
import time
from collections.abc import Callable
from datetime import timedelta
from urllib.request import Request

from rich.console import Console

from apps.connections.models import Connection
from apps.core import clock
from apps.jobs.choices import JobState
from apps.jobs.models import Job
from apps.tenants import keys
from config.story.browser import fetch_json
from config.story.host import Host
from config.story.progress import Waiting, demand
from config.story.world import PARTNERS, World, status_of, user_of

POSTS = 3
WITHIN = 5.0  # seconds from the removal to the stop: what we promise; about one is usual


def a_person_removes_the_app(
    world: World, waiting: Waiting, console: Console, reconnect: Callable[[Connection], None]
) -> None:
    """Nothing is tried in vain: it stops before the next post, and goes on after a reconnect."""
    partner = PARTNERS[0]
    page = world.some(partner, 2)
    host = _host_of(page, world)
    world.control("webhooks/listener", {"url": world.stack.url})
    seen = len(world.calls(page.external_id, partner.commit))

    began = time.monotonic()
    gone = {"platform": page.platform, "user_id": user_of(page), "mode": "app_removed"}
    world.control("tokens/revoke", gone)
    waiting.until(
        "A person removes the app: the partner tells us", lambda: status_of(page) == "revoked", within=WITHIN
    )
    stopped = time.monotonic() - began
    ids = [world.publish(page, _words(page, number)) for number in range(POSTS)]
    waiting.until("The host product hears of it", lambda: _heard(host, page), within=20)

    waits = Job.objects.across_tenants().filter(pk__in=ids, state=JobState.QUEUED, tries=0).count()
    demand(waits == POSTS, "what is planned waits, and is not tried in vain")
    demand(
        len(world.calls(page.external_id, partner.commit)) == seen,
        "the partner is not asked for one more post",
    )
    demand(host.doubted == 0, "the host product believes what it is told")
    reconnect(page)
    waiting.until_ended("Allowed again: what waited goes out", ids, within=60)
    texts = [row["text"] for row in world.ledger(page) if row["text"].startswith("After the removal")]
    demand(
        texts == [_words(page, number) for number in range(POSTS)], "what waited goes out once and in order"
    )
    console.print(f"  From the removal at the partner to the stop: {stopped:.1f} s")


def _host_of(page: Connection, world: World) -> Host:
    """Start the tenant's own product, and give its address to our API."""
    host, at = Host(), clock.now()
    host.start()
    _, key = keys.issue(
        tenant=page.tenant_id, name="host", scopes=["admin"], at=at, expires_at=at + timedelta(days=1)
    )
    wanted = {"url": host.url, "event_types": ["connection.*"], "description": "The host product"}
    made = fetch_json(
        Request(
            f"{world.stack.url}/api/v2/webhooks",
            json.dumps(wanted).encode(),
            {"Content-Type": "application/json", "Authorization": f"Bearer {key}"},
        )
    )
    host.secret = made["secret"]
    return host


def _heard(host: Host, page: Connection) -> bool:
    return any(
        one["type"] == "connection.revoked" and one["data"]["connection"] == str(page.pk)
        for one in list(host.believed.values())
    )


def _words(page: Connection, number: int) -> str:
    return f"After the removal no. {number} of {page.name}"
