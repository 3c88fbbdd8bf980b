"""Every place to die x every way a partner can behave x every platform: the post is out once, and the job knows it."""

import signal
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from apps.connections.models import Connection
from apps.core import clock
from apps.jobs.choices import JobState
from apps.jobs.models import Job
from apps.jobs.pump import Pump
from apps.jobs.sweep import sweep
from apps.publishing.media import store
from apps.tenants.models import Tenant
from tests.faults.forks import end_leases, work
from tests.make import make_connection, make_publish, make_tenant, reload
from tests.simulator import Simulator
from tests.whole import WHOLE

PLACES = ("in_claim", "after_claim", "after_send", "before_settle", "in_settle", "after_settle")
LAG = 14 * 60  # seconds, within what the data files allow
ERROR = {"message": "Internal server error", "status": 500, "title": "Internal Server Error"}
THROTTLED = {"message": "Resource level throttle limit reached", "status": 429}
MODES: dict[str, dict[str, Any]] = {
    "accepts": {},
    "refuses": {"effect": "answer", "status": 429, "body": THROTTLED},
    "accepts and cuts": {"effect": "accept_then_cut"},
    "accepts and answers 500": {"effect": "accept_then_answer", "status": 500, "body": ERROR},
    "accepts and talks nonsense": {"effect": "accept_then_answer", "status": 200, "body": "<p>OK</p>"},
    "talks nonsense": {"effect": "answer", "status": 200, "body": "[" * 5000},
    "is slow": {"effect": "slow", "seconds": 0.3},
    "lists late": {"effect": "accept_then_cut"},
}


@dataclass(frozen=True)
class Partner:
    """An account whose posts can be looked up, and the operation that makes them public."""

    platform: str
    kind: str
    commit: str


PARTNERS = (
    Partner("meta", "page", "publish"),
    Partner("linkedin", "organization", "publish"),
    Partner("tiktok", "creator", "upload"),
    Partner("gbp", "location", "publish"),
    Partner("mailchimp", "audience", "send"),
)


def post_on(partner: Partner, connection: Connection) -> Job:
    """Enqueue what the partner takes."""
    content: dict[str, Any] = {"format": "text"}
    if partner.platform == "tiktok":
        film = b"\x00\x00\x00\x18ftypmp42" + bytes(2000)
        media = store(film, name="clip.mp4", tenant=connection.tenant_id, at=clock.now())
        content = {"format": "video", "media": [str(media.pk)]}
    if partner.platform == "gbp":
        content = {"format": "update", "link": "https://harbour.test/menu"}
    if partner.platform == "mailchimp":
        options = {"subject": "Autumn menu", "from_name": "Cafe", "reply_to": "a@cafe.test"}
        content = {"format": "campaign", "options": options}
    return make_publish(connection, content=content)


def let_time_pass(pump: Pump, simulator: Simulator, job: Job) -> None:
    """Work on until the job has ended, ten minutes at a time for everybody."""
    for _ in range(12):
        sweep()
        pump.drain()
        if reload(job).state == JobState.SUCCEEDED:
            return
        clock.travel(timedelta(minutes=10))
        simulator.post("clock", advance_s=600)


# The suite plays a fifth of the crossings: each place with each behaviour, at platforms in turn. REKNIT_WHOLE=1 plays all
# 240.
CROSSINGS = [
    pytest.param(place, mode, partner, id=f"{place}-{mode}-{partner.platform}")
    for first, place in enumerate(PLACES)
    for second, mode in enumerate(MODES)
    for third, partner in enumerate(PARTNERS)
    if WHOLE or (first + second + third) % len(PARTNERS) == 0
]


@pytest.mark.parametrize(("place", "mode", "partner"), CROSSINGS)
def test_a_post_goes_out_once_wherever_its_worker_dies(
    place: str, mode: str, partner: Partner, pump: Pump, simulator: Simulator, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    tenant, _ = make_tenant()
    Tenant.objects.update(
        publish_within=timedelta(days=1)
    )  # two verifications in a row take longer than an hour
    seeded = simulator.account(partner.platform, partner.kind)
    connection = make_connection(tenant, seeded, platform=partner.platform, kind=partner.kind)
    if fault := MODES[mode]:
        simulator.fault(platform=partner.platform, operation=partner.commit, **fault)
    if mode == "lists late":
        simulator.post("lag", platform=partner.platform, seconds=LAG)
    job = post_on(partner, connection)

    assert work(failpoint=f"{place}@{step_of(partner)}:kill") == -signal.SIGKILL
    end_leases()
    let_time_pass(pump, simulator, job)

    assert (reload(job).state, [row["deleted_at"] for row in simulator.ledger()]) == (
        JobState.SUCCEEDED,
        [None],
    )


def step_of(partner: Partner) -> str:
    """Return the step whose success makes the post public: there a death matters most."""
    return {"tiktok": "upload", "mailchimp": "send", "gbp": "local_post", "linkedin": "post"}.get(
        partner.platform, "feed"
    )
