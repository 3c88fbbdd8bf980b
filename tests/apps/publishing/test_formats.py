"""Every format that is offered reaches its partner as the author wrote it."""

import io
from collections.abc import Iterator
from datetime import timedelta
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from django.core.handlers.wsgi import WSGIHandler
from PIL import Image

from apps.connections.models import Connection
from apps.core import clock
from apps.errors.codes import ErrorCode
from apps.jobs.choices import FINAL, HeldFor, JobState
from apps.jobs.models import Hold, Job
from apps.jobs.pump import Pump
from apps.publishing.actions.publish import delete
from apps.publishing.content import ContentRefused
from apps.publishing.media import MediaRefused, store
from apps.publishing.models import Media
from apps.tenants.models import Tenant
from tests.make import make_connection, make_publish, make_tenant, reload
from tests.simulator import Simulator

CAMPAIGN = {
    "format": "campaign",
    "options": {"subject": "Autumn", "from_name": "Cafe", "reply_to": "a@cafe.test"},
}
EVENT = {"title": "Autumn feast", "starts_at": "2026-12-01T18:00", "ends_at": "2026-12-01T23:00"}
OFFER = {"coupon": "AUTUMN", "redeem_url": "https://harbour.test/offer", "terms": "One for each guest."}
FILM = b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 9_000_000
NOT_READY = {"error": {"code": 9007, "error_subcode": 2207027, "message": "x", "type": "OAuthException"}}
RESERVED = "Opening (today) #1 @ the *harbour*_~ {a|b} <c> [d] \\"


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture
def our_site(settings: Any, tmp_path: Any, committed: None) -> Iterator[None]:
    """Our own web process, where partners fetch pictures."""
    settings.MEDIA_ROOT = str(tmp_path)
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    server = make_server("127.0.0.1", 0, WSGIHandler(), handler_class=_Quiet)
    settings.PUBLIC_URL = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, args=[0.01], daemon=True)
    thread.start()
    yield
    server.shutdown()
    server.server_close()


def picture(kind: str = "JPEG", size: tuple[int, int] = (400, 400)) -> bytes:
    """Draw one."""
    drawn = io.BytesIO()
    Image.new("RGB", size, (200, 90, 40)).save(drawn, kind)
    return drawn.getvalue()


def film_of(connection: Connection, size: int) -> dict[str, Any]:
    """Return the content of a film post."""
    media = keep(connection, b"\x00\x00\x00\x18ftypmp42" + b"\x00" * (size - 12))
    return {"format": "video", "media": [str(media.pk)], "options": {"privacy": "SELF_ONLY"}}


def keep(connection: Connection, content: bytes) -> Media:
    """Upload one."""
    return store(content, name="a.jpg", tenant=connection.tenant_id, at=clock.now())


def media_for(connection: Connection, name: str) -> list[str]:
    """Upload what a format needs."""
    pictures = [
        picture(size=(400, 400 + n)) for n in range({"image": 1, "images": 3, "carousel": 2}.get(name, 0))
    ]
    film = [FILM] if name in {"video", "video_pull", "reel", "carousel"} else []
    return [str(keep(connection, one).pk) for one in [*pictures, *film]]


def work_on(pump: Pump, job: Job) -> None:
    """Work until the job has ended; partners that process are given their time."""
    for _ in range(12):
        pump.drain()
        if reload(job).state in {*FINAL, JobState.HELD}:
            return
        clock.travel(timedelta(minutes=1))


FORMATS: list[tuple[str, str, dict[str, Any]]] = [
    ("meta", "page", {"format": "text"}),
    ("meta", "page", {"format": "link", "link": "https://harbour.test/menu"}),
    ("meta", "page", {"format": "image"}),
    ("meta", "page", {"format": "images"}),
    ("meta", "page", {"format": "video"}),
    ("meta", "page", {"format": "reel"}),
    ("meta", "instagram", {"format": "image"}),
    ("meta", "instagram", {"format": "carousel"}),
    ("meta", "instagram", {"format": "reel"}),
    ("linkedin", "organization", {"format": "text"}),
    ("linkedin", "organization", {"format": "images"}),
    ("linkedin", "member", {"format": "images"}),
    ("linkedin", "organization", {"format": "video"}),
    ("linkedin", "member", {"format": "video"}),
    ("linkedin", "member", {"format": "link", "link": "https://harbour.test/menu"}),
    ("linkedin", "organization", {"format": "image"}),
    ("linkedin", "member", {"format": "image"}),
    ("tiktok", "creator", {"format": "video"}),
    ("tiktok", "creator", {"format": "video_pull"}),
    ("tiktok", "creator", {"format": "images"}),
    ("gbp", "location", {"format": "update"}),
    ("gbp", "location", {"format": "image"}),
    ("gbp", "location", {"format": "event", "options": {"event": EVENT}}),
    ("gbp", "location", {"format": "offer", "options": {"event": EVENT, "offer": OFFER}}),
]


# Which of the partner's answers a format waits for, in this order; its commit point among them.
ANSWERS = {
    ("meta", "page"): {"reel": ("reel_start", "upload", "publish", "read"), "video": ("publish", "read")},
    ("meta", "instagram"): dict.fromkeys(
        ("image", "carousel", "reel", "story"), ("container", "read", "publish")
    ),
    ("linkedin", "organization"): {
        "image": ("upload", "publish"),
        "images": ("upload", "publish"),
        "video": ("upload", "poll", "publish"),
    },
    ("linkedin", "member"): {
        "image": ("upload", "publish"),
        "images": ("upload", "publish"),
        "video": ("upload", "poll", "publish"),
    },
    ("tiktok", "creator"): {
        "video": ("creator_info", "init", "upload", "poll"),
        "video_pull": ("creator_info", "init", "poll"),
        "images": ("creator_info", "init", "poll"),
    },
}
LOST = [
    (platform, kind, content, lost)
    for platform, kind, content in FORMATS
    for lost in ANSWERS.get((platform, kind), {}).get(content["format"], ("publish",))
]


def make_post(platform: str, kind: str, content: dict[str, Any], simulator: Simulator, text: str) -> Job:
    """Enqueue a post of this format on a new account."""
    tenant, _ = make_tenant()
    Tenant.objects.update(
        publish_within=timedelta(days=1)
    )  # looking for a lost post may take longer than an hour
    connection = make_connection(tenant, simulator.account(platform, kind), platform=platform, kind=kind)
    media = media_for(connection, content["format"])
    return make_publish(connection, text, content={**content, "media": media})


@pytest.mark.parametrize(("platform", "kind", "content"), FORMATS)
def test_format_is_published(
    platform: str, kind: str, content: dict[str, Any], our_site: None, pump: Pump, simulator: Simulator
) -> None:
    job = make_post(platform, kind, content, simulator, RESERVED)

    work_on(pump, job)

    found = reload(job)
    (row,) = simulator.ledger()
    assert (found.state, found.remote_id, row["text"]) == (JobState.SUCCEEDED, row["remote_id"], RESERVED)
    assert row["link"] == content.get("link", "")


@pytest.mark.parametrize(("platform", "kind", "content", "lost"), LOST)
def test_format_goes_out_once_whichever_answer_is_lost(
    platform: str,
    kind: str,
    content: dict[str, Any],
    lost: str,
    our_site: None,
    pump: Pump,
    simulator: Simulator,
) -> None:
    simulator.fault("accept_then_cut", platform=platform, operation=lost)
    job = make_post(platform, kind, content, simulator, "Autumn")

    work_on(pump, job)

    asked = (platform, kind, lost) == ("linkedin", "member", "publish")  # its posts cannot be looked up
    assert reload(job).state == (JobState.HELD if asked else JobState.SUCCEEDED)
    assert len(simulator.ledger()) == 1
    assert [fault["fired"] for fault in simulator.get("faults")] == [1]


def test_a_story_goes_out_without_words(our_site: None, pump: Pump, simulator: Simulator) -> None:
    tenant, _ = make_tenant()
    connection = make_connection(tenant, simulator.account("meta", "instagram"), kind="instagram")
    content = {"format": "story", "media": [str(keep(connection, FILM).pk)]}
    job = make_publish(connection, "", content=content)

    work_on(pump, job)

    assert (reload(job).state, len(simulator.ledger())) == (JobState.SUCCEEDED, 1)


def test_instagram_without_a_page_is_published_on_its_own_host(
    our_site: None, pump: Pump, simulator: Simulator
) -> None:
    tenant, _ = make_tenant()
    alone = simulator.account("meta", "instagram_alone")  # its token is refused on Facebook's host
    connection = make_connection(tenant, alone, kind="instagram", login="instagram")
    content = {"format": "image", "media": [str(keep(connection, picture()).pk)]}
    job = make_publish(connection, "Autumn menu", content=content)

    work_on(pump, job)

    (row,) = simulator.ledger()
    assert (reload(job).state, row["account"], row["text"]) == (
        JobState.SUCCEEDED,
        connection.external_id,
        "Autumn menu",
    )


def test_a_link_at_linkedin_shows_its_picture(our_site: None, pump: Pump, simulator: Simulator) -> None:
    tenant, _ = make_tenant()
    seeded = simulator.account("linkedin", "organization")
    connection = make_connection(tenant, seeded, platform="linkedin", kind="organization")
    thumbnail = [str(keep(connection, picture()).pk)]
    content = {"format": "link", "link": "https://harbour.test/", "media": thumbnail}
    job = make_publish(connection, "Come in", content=content)

    work_on(pump, job)

    assert reload(job).state == JobState.SUCCEEDED
    assert simulator.calls("", "upload") == 2  # a place, and the bytes


def test_a_campaign_is_mailed_once(pump: Pump, simulator: Simulator) -> None:
    tenant, _ = make_tenant()
    connection = make_connection(
        tenant, simulator.account("mailchimp", "audience"), platform="mailchimp", kind="audience"
    )
    job = make_publish(connection, "Dear guests", content=CAMPAIGN)

    pump.drain()

    (row,) = simulator.ledger(connection.external_id)
    assert (reload(job).state, row["text"], row["remote_id"]) == (
        JobState.SUCCEEDED,
        "Autumn",
        reload(job).remote_id,
    )


@pytest.mark.parametrize("size", [2_000, 12 * 1024 * 1024])
def test_a_film_is_posted_in_chunks(
    size: int, pump: Pump, simulator: Simulator, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    tenant, _ = make_tenant()
    connection = make_connection(
        tenant, simulator.account("tiktok", "creator"), platform="tiktok", kind="creator"
    )
    job = make_publish(connection, content=film_of(connection, size))

    pump.drain()

    (row,) = simulator.ledger(connection.external_id)
    assert (reload(job).state, row["text"], row["remote_id"]) == (
        JobState.SUCCEEDED,
        "Autumn menu",
        reload(job).remote_id,
    )


@pytest.mark.parametrize("lost", ["container", "content", "checklist", "send"])
def test_a_campaign_is_mailed_once_whichever_answer_is_lost(
    lost: str, pump: Pump, simulator: Simulator
) -> None:
    tenant, _ = make_tenant()
    connection = make_connection(
        tenant, simulator.account("mailchimp", "audience"), platform="mailchimp", kind="audience"
    )
    simulator.fault("accept_then_cut", platform="mailchimp", operation=lost)
    job = make_publish(connection, "Dear guests", content=CAMPAIGN)

    for _ in range(4):
        pump.drain()
        clock.travel(timedelta(minutes=10))

    assert (reload(job).state, len(simulator.ledger())) == (JobState.SUCCEEDED, 1)


@pytest.mark.parametrize(
    ("platform", "kind"), [("meta", "page"), ("linkedin", "organization"), ("gbp", "location")]
)
def test_a_post_is_deleted_once_and_a_second_time_without_harm(
    platform: str, kind: str, pump: Pump, simulator: Simulator
) -> None:
    tenant, _ = make_tenant()
    connection = make_connection(tenant, simulator.account(platform, kind), platform=platform, kind=kind)
    post = make_publish(connection, content={"format": "update" if platform == "gbp" else "text"})
    pump.drain()

    jobs = [
        delete(connection=connection, remote_id=reload(post).remote_id, actor="user:alice", at=clock.now())[0]
        for _ in range(2)
    ]
    pump.drain()

    assert simulator.ledger()[0]["deleted_at"]
    assert [reload(job).state for job in jobs] == [JobState.SUCCEEDED, JobState.SUCCEEDED]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "content", [b"", b"no picture", picture()[:200], picture("GIF"), b"\x00" * 21 * 1024 * 1024]
)
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    tenant, _ = make_tenant()

    with pytest.raises(MediaRefused):
        store(content, name="x", tenant=tenant.pk, at=clock.now())


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({}, "content.options.event"),
        (
            {"event": {"title": "", "starts_at": "2026-12-01", "ends_at": "2026-12-02"}},
            "content.options.event.title",
        ),
        ({"event": {**EVENT, "ends_at": "2026-11-01T10:00"}}, "content.options.event.ends_at"),
        ({"event": {**EVENT, "starts_at": "soon"}}, "content.options.event.starts_at"),
        ({"event": EVENT, "offer": {"coupon": 3}}, "content.options.offer"),
    ],
)
def test_an_event_that_makes_no_sense_is_refused_beside_its_field(
    options: dict[str, Any], field: str, committed: None, simulator: Simulator
) -> None:
    tenant, _ = make_tenant()
    connection = make_connection(
        tenant, simulator.account("gbp", "location"), platform="gbp", kind="location"
    )

    with pytest.raises(ContentRefused) as refused:
        make_publish(connection, "Come", content={"format": "event", "options": options})

    assert field in {problem["field"] for problem in refused.value.fields}


def test_a_film_that_tiktok_fetched_for_its_creator_alone_is_asked_about_when_the_answer_is_lost(
    our_site: None, pump: Pump, simulator: Simulator
) -> None:
    simulator.fault("accept_then_cut", platform="tiktok", operation="init")
    content = {"format": "video_pull", "options": {"privacy": "SELF_ONLY"}}
    job = make_post("tiktok", "creator", content, simulator, "Autumn")

    work_on(pump, job)

    assert (reload(job).state, reload(job).held_for) == (JobState.HELD, HeldFor.UNCONFIRMED)


@pytest.mark.parametrize("name", ["image", "carousel"])
def test_a_container_that_expired_in_a_pause_is_made_anew_with_all_its_items(
    name: str, our_site: None, pump: Pump, simulator: Simulator
) -> None:
    simulator.fault("answer", platform="meta", operation="publish", status=400, body=NOT_READY)
    job = make_post("meta", "instagram", {"format": name}, simulator, "Autumn")
    pump.drain()
    simulator.post("clock", advance_s=25 * 3600)

    work_on(pump, job)

    assert (reload(job).state, len(simulator.ledger())) == (JobState.SUCCEEDED, 1)


@pytest.mark.parametrize(
    ("platform", "kind", "name"), [("meta", "instagram", "image"), ("tiktok", "creator", "video")]
)
def test_what_cannot_be_deleted_says_so(
    platform: str, kind: str, name: str, our_site: None, pump: Pump, simulator: Simulator
) -> None:
    post = make_post(platform, kind, {"format": name}, simulator, "Autumn")
    work_on(pump, post)
    connection = Connection.objects.across_tenants().get(pk=post.connection)

    job, _ = delete(
        connection=connection, remote_id=reload(post).remote_id, actor="user:alice", at=clock.now()
    )
    pump.drain()

    assert reload(job).error_code == ErrorCode.CAPABILITY_UNSUPPORTED
    assert not Hold.objects.exists()  # nobody else is stopped for it
