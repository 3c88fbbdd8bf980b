"""A webhook tells a job how its post ended; only the engine ends it, and asks nobody who has spoken already."""

from typing import Any

import pytest

from apps.connections.models import Connection
from apps.core import clock
from apps.jobs.actions.inform import inform
from apps.jobs.choices import JobState
from apps.jobs.models import Job
from apps.jobs.pump import Pump
from apps.publishing.media import store
from apps.webhooks.inbound.choices import Ending
from apps.webhooks.inbound.mailchimp.receiver import token
from apps.webhooks.inbound.reader import read_new
from apps.webhooks.models import IncomingEvent
from tests import partner_posts as posts
from tests import scripted
from tests.apps.webhooks.inbound.conftest import Deliver
from tests.make import make_connection, make_job, make_publish, make_tenant, reload
from tests.partner_posts import SECRETS
from tests.simulator import Simulator

FILM = b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 5000
CAMPAIGN = {
    "format": "campaign",
    "options": {"subject": "Autumn", "from_name": "Cafe", "reply_to": "a@cafe.test"},
}


@pytest.fixture
def creator(committed: None, simulator: Simulator, known: None, settings: Any, tmp_path: Any) -> Connection:
    """A creator of Acme at a TikTok that takes its time."""
    settings.MEDIA_ROOT = str(tmp_path)
    settings.PARTNER_CREDENTIALS = {**settings.PARTNER_CREDENTIALS, **SECRETS}
    simulator.post("processing", platform="tiktok", seconds=3600)
    seeded = simulator.account("tiktok", "creator")
    return make_connection(make_tenant()[0], seeded, platform="tiktok", kind="creator")


def waiting_film(creator: Connection, pump: Pump) -> Job:
    """Post a film, up to where TikTok works on it."""
    media = store(FILM, name="a.mp4", tenant=creator.tenant_id, at=clock.now())
    content = {"format": "video", "media": [str(media.pk)], "options": {"privacy": "SELF_ONLY"}}
    job = make_publish(creator, content=content)
    pump.drain()
    assert reload(job).state == JobState.WAITING
    return reload(job)


def test_a_film_that_is_out_ends_its_job_without_another_question(
    creator: Connection, pump: Pump, simulator: Simulator, deliver: Deliver
) -> None:
    job = waiting_film(creator, pump)
    asked = simulator.calls(creator.external_id, "poll")
    told = {"publish_id": job.progress["publish_id"], "post_id": "7345678901234567890"}

    deliver(posts.tiktok("post.publish.publicly_available", creator.external_id, **told))
    read_new()
    pump.drain()

    assert (reload(job).state, reload(job).remote_id) == (JobState.SUCCEEDED, told["post_id"])
    assert simulator.calls(creator.external_id, "poll") == asked


def test_a_film_that_was_refused_ends_its_job_by_tiktoks_reason(
    creator: Connection, pump: Pump, deliver: Deliver
) -> None:
    job = waiting_film(creator, pump)
    told = {"publish_id": job.progress["publish_id"], "reason": "spam_risk_text"}

    deliver(posts.tiktok("post.publish.failed", creator.external_id, **told))
    read_new()
    pump.drain()

    assert (reload(job).state, reload(job).error_code) == (JobState.FAILED, "CONTENT_POLICY")


def test_what_is_told_of_another_creators_post_ends_nothing(
    creator: Connection, pump: Pump, deliver: Deliver
) -> None:
    job = waiting_film(creator, pump)

    deliver(posts.tiktok("post.publish.complete", "-000another", publish_id=job.progress["publish_id"]))
    deliver(posts.tiktok("post.publish.complete", creator.external_id, publish_id="v_pub~another"))
    read_new()
    pump.drain()

    assert reload(job).state == JobState.WAITING
    assert set(IncomingEvent.objects.values_list("ending", flat=True)) == {Ending.NOBODY, Ending.NOTED}


def test_what_nobody_signed_only_makes_us_ask(
    committed: None, simulator: Simulator, pump: Pump, known: None, settings: Any, deliver: Deliver
) -> None:
    settings.PARTNER_CREDENTIALS = {**settings.PARTNER_CREDENTIALS, **SECRETS}
    simulator.post("processing", platform="mailchimp", seconds=3600)
    seeded = simulator.account("mailchimp", "audience")
    audience = make_connection(make_tenant()[0], seeded, platform="mailchimp", kind="audience")
    job = make_publish(audience, content=CAMPAIGN)
    pump.drain()
    campaign, run_at = reload(job).progress["campaign"], reload(job).run_at
    said = {"data[id]": campaign, "data[status]": "sent", "data[list_id]": audience.external_id}

    deliver(posts.mailchimp(token(audience.pk), type="campaign", **said))
    read_new()

    assert reload(job).run_at < run_at
    pump.drain()
    assert reload(job).state == JobState.WAITING


@pytest.mark.django_db
@pytest.mark.parametrize("state", [JobState.QUEUED, JobState.HELD, JobState.SUCCEEDED])
def test_a_job_of_which_nothing_is_at_the_partner_is_not_hurried(state: str, script: scripted.Script) -> None:
    job = make_job(make_tenant()[0])
    held_for = "ops" if state == JobState.HELD else ""
    finished_at = clock.now() if state == JobState.SUCCEEDED else None
    Job.objects.across_tenants().filter(pk=job.pk).update(
        state=state, held_for=held_for, finished_at=finished_at
    )
    before = reload(job)

    informed = inform(job, {"event": "x"}, clock.now())

    assert not informed
    assert (reload(job).progress, reload(job).run_at) == (before.progress, before.run_at)
