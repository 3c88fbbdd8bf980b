"""A post is written once and goes out once on each account; while it is written its accounts say what they would not take."""

import io
import re
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.html import escape
from PIL import Image

from apps.connections.models import Connection, Credential
from apps.core import clock
from apps.errors.classifier import classify_partner_error
from apps.jobs.choices import JobState
from apps.jobs.models import Job
from apps.publishing.models import Media, Post, Target
from apps.recovery.actions.auto_pause import auto_pause
from apps.tenants.choices import Role
from apps.tenants.models import Membership, Tenant
from apps.web.draft import Draft, TimeWrong
from tests.browsers import signed_in
from tests.make import make_connection, make_letter, make_tenant
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db

ARABIC = ("مقهى الميناء " * 30)[:300]


@pytest.fixture
def cafe(simulator: Simulator) -> Connection:
    """Acme's page; Charlie's Globex beside it."""
    tenant, _ = make_tenant()
    make_tenant("Globex", "charlie@globex.test")
    return make_connection(tenant, simulator.account("meta", "page"), name="Harbour Cafe")


@pytest.fixture
def ana(cafe: Connection, simulator: Simulator) -> Connection:
    """Acme's member at LinkedIn, whose name fills a page."""
    seeded = simulator.account("linkedin", "member")
    return make_connection(cafe.tenant, seeded, platform="linkedin", kind="member", name=ARABIC)


def form(*accounts: Connection, **more: Any) -> dict[str, Any]:
    """What the page would send."""
    said = {"key": str(uuid4()), "text": "Autumn menu", "account": [str(one.pk) for one in accounts]}
    return {**said, **more}


def press(
    said: dict[str, Any], page: str = "compose/", who: str = "alice@acme.test", team: str = "acme"
) -> Any:
    """Send it."""
    return signed_in(who).post(f"/t/{team}/{page}", said)


def words(answer: Any) -> str:
    """Return what a person reads."""
    return " ".join(re.sub(r"<[^>]*>", " ", answer.content.decode()).split())


def jobs() -> list[Job]:
    """Return all posts, the oldest first."""
    return list(Job.objects.across_tenants().filter(kind="publish").order_by("pk"))


def picture(side: int = 600) -> SimpleUploadedFile:
    """A small JPEG."""
    file = io.BytesIO()
    Image.new("RGB", (side, side)).save(file, "JPEG")
    return SimpleUploadedFile("menu.jpg", file.getvalue(), "image/jpeg")


def region(answer: Any, name: str) -> str:
    """Return what stands in one place of the page."""
    found = re.search(rf'<div id="{name}"[^>]*>(.*?)</div>', answer.content.decode(), re.DOTALL)
    assert found
    return " ".join(re.sub(r"<[^>]*>", " ", found[1]).split())


class TestWriting:
    def test_each_account_answers_beside_the_field_and_nothing_is_stored(
        self, cafe: Connection, ana: Connection
    ) -> None:
        answer = press(form(cafe, ana, text="x" * 3001), page="posts/check")

        assert region(answer, "why-text").startswith(f"{ARABIC.strip()} (LinkedIn) :")
        assert region(answer, "why-text").endswith("Shorten this by 1.")
        assert region(answer, f"says-{cafe.pk}") == "Goes out as a text post."
        assert not Post.objects.across_tenants().exists()

    def test_nobody_is_told_that_something_is_missing_before_they_have_ended(self, cafe: Connection) -> None:
        begun, sent = press(form(cafe, text=""), page="posts/check"), press(form(cafe, text=""))

        assert region(begun, "why-text") == ""
        assert "Write something" in region(sent, "why-text")
        assert sent.status_code == 422

    def test_a_picture_is_shown_and_can_be_taken_out_again(self, cafe: Connection) -> None:
        added = press(form(cafe, files=[picture()]), page="compose/media/")
        media = Media.objects.across_tenants().get()
        removed = press(form(cafe, media=[str(media.pk)], remove=str(media.pk)), page="compose/media/")

        assert f'name="media" value="{media.pk}"' in added.content.decode()
        assert added["HX-Trigger-After-Settle"] == "checked"
        assert "menu.jpg" not in removed.content.decode()
        assert signed_in("alice@acme.test").get(
            re.findall(r'src="(/media/[^"]+)"', added.content.decode())[0]
        )

    def test_a_new_team_is_led_to_its_first_account(self, cafe: Connection) -> None:
        answer = signed_in("charlie@globex.test").get("/t/globex/compose/")

        assert "Nowhere to post yet" in words(answer)
        assert 'href="/t/globex/connect/"' in answer.content.decode()


class TestSending:
    def test_each_account_gets_a_job_of_its_own_in_its_own_form(
        self, cafe: Connection, ana: Connection
    ) -> None:
        answer = press(form(cafe, ana, link="https://harbour.test/", **{"linkedin-title": "Menu"}))

        post = Post.objects.across_tenants().get()
        made = {job.connection: job.args["content"] for job in jobs()}
        assert answer["Location"] == f"/t/acme/posts/{post.pk}/"
        assert made[cafe.pk]["options"] == {}
        assert made[ana.pk]["options"] == {"title": "Menu"}
        seen = words(signed_in("alice@acme.test").get(answer["Location"]))
        assert "Harbour Cafe" in seen
        assert escape(ARABIC.strip()) in seen

    def test_one_form_sends_one_post_however_often_it_is_sent(self, cafe: Connection) -> None:
        said = form(cafe)

        first, second = press(said), press(said)

        assert first["Location"] == second["Location"]
        assert (Post.objects.across_tenants().count(), len(jobs())) == (1, 1)

    def test_other_words_in_a_form_that_was_sent_are_not_sent_but_kept(self, cafe: Connection) -> None:
        said = form(cafe)
        press(said)

        answer = press({**said, "text": "Winter menu"})
        key = re.findall(r'name="key" value="([^"]+)"', answer.content.decode())[0]
        again = press({**said, "key": key, "text": "Winter menu"})

        assert (answer.status_code, again.status_code, key != said["key"]) == (409, 302, True)
        assert "This form was sent already" in words(answer)
        assert [job.args["content"]["text"] for job in jobs()] == ["Autumn menu", "Winter menu"]

    def test_when_one_account_would_not_take_it_none_gets_it(self, cafe: Connection, ana: Connection) -> None:
        answer = press(form(cafe, ana, text="x" * 3001))

        assert (answer.status_code, jobs(), Post.objects.across_tenants().count()) == (422, [], 0)
        assert "Shorten this by 1." in region(answer, "why-text")
        assert "x" * 3001 in answer.content.decode()

    def test_the_very_same_post_is_asked_about(self, cafe: Connection) -> None:
        press(form(cafe))

        asked = press(form(cafe))
        sent = press(form(cafe, twice="on"))

        assert "Harbour Cafe got the very same post within the last day." in words(asked)
        assert (asked.status_code, sent.status_code, len(jobs())) == (422, 302, 2)

    def test_a_picture_goes_along_without_any_script(self, cafe: Connection) -> None:
        press(form(cafe, files=[picture()]))

        (job,) = jobs()
        media = Media.objects.across_tenants().get()
        assert (job.args["content"]["format"], job.args["content"]["media"]) == ("image", [str(media.pk)])

    def test_a_file_that_nobody_takes_is_refused_beside_its_field(self, cafe: Connection) -> None:
        answer = press(form(cafe, files=[SimpleUploadedFile("menu.gif", b"GIF89a")]))

        assert (answer.status_code, jobs()) == (422, [])
        assert region(answer, "why-media-now") == "menu.gif: We cannot read it as a picture."

    def test_a_stopped_account_says_what_will_happen_and_gets_the_post(self, cafe: Connection) -> None:
        auto_pause(cafe, classify_partner_error("meta", 400, {"error": {"code": 190}}), at=clock.now())

        page = words(signed_in("alice@acme.test").get("/t/acme/compose/"))
        answer = press(form(cafe))

        assert "The post waits and goes out after you reconnect it." in page
        assert "Its account is stopped" in words(signed_in("alice@acme.test").get(answer["Location"]))
        assert len(jobs()) == 1

    @pytest.mark.parametrize(
        ("said", "why"),
        [
            ("", "Say a day and a time."),
            ("2020-01-01T10:00", "This time is over."),
            ("9999-12-31T23:59", "This is more than a year away."),
        ],
    )
    def test_a_time_that_cannot_be_kept_is_refused(self, said: str, why: str, cafe: Connection) -> None:
        answer = press(form(cafe, when="later", at=said))

        assert (answer.status_code, jobs()) == (422, [])
        assert why in words(answer)

    def test_the_time_is_the_tenants_own(self, cafe: Connection) -> None:
        Tenant.objects.filter(pk=cafe.tenant_id).update(time_zone="Asia/Tokyo")
        due = (clock.now() + timedelta(days=2)).replace(second=0, microsecond=0)

        press(form(cafe, when="later", at=f"{due + timedelta(hours=9):%Y-%m-%dT%H:%M}"))

        assert jobs()[0].due_at == due

    def test_a_time_that_the_clocks_leave_out_is_refused(self, at: datetime) -> None:
        with pytest.raises(TimeWrong, match="The clocks go forward"):
            Draft(later=True, at="2027-03-28T01:30").due(Tenant(time_zone="Europe/Lisbon"), at)


class TestGoogle:
    OFFER = {
        "gbp-kind": "offer",
        "gbp-event-title": "Soup week",
        "gbp-event-starts_at": "2026-12-01T09:00",
        "gbp-event-ends_at": "2026-12-07T18:00",
        "gbp-offer-coupon": "SOUP",
        "gbp-offer-terms": "One each.",
    }

    @pytest.fixture
    def place(self, cafe: Connection, simulator: Simulator) -> Connection:
        """Acme's place on the map."""
        seeded = simulator.account("gbp", "location")
        return make_connection(cafe.tenant, seeded, platform="gbp", kind="location", name="Harbour")

    def test_an_offer_is_one_there_and_a_plain_post_elsewhere(
        self, cafe: Connection, place: Connection
    ) -> None:
        press(form(cafe, place, **self.OFFER))

        made = {job.connection: job.args["content"] for job in jobs()}
        assert (made[cafe.pk]["format"], made[cafe.pk]["options"]) == ("text", {})
        assert made[place.pk]["format"] == "offer"
        assert made[place.pk]["options"] == {
            "event": {"title": "Soup week", "starts_at": "2026-12-01T09:00", "ends_at": "2026-12-07T18:00"},
            "offer": {"coupon": "SOUP", "terms": "One each."},
        }

    def test_what_is_chosen_no_more_is_not_sent(self, place: Connection) -> None:
        press(form(place, **self.OFFER | {"gbp-kind": ""}))

        assert [(job.args["content"]["format"], job.args["content"]["options"]) for job in jobs()] == [
            ("update", {})
        ]

    def test_is_answered_beside_its_field_and_not_before_it_is_written(self, place: Connection) -> None:
        begun = press(form(place, **{"gbp-kind": "event"}), page="posts/check")
        wrong = self.OFFER | {"gbp-kind": "event", "gbp-event-ends_at": "2026-11-30T18:00"}
        typed = press(form(place, **wrong), page="posts/check")
        sent = press(form(place, **{"gbp-kind": "event"}))

        assert region(begun, "why-gbp-event-title") == ""
        assert "Goes out as an event." in words(begun)
        assert "An event ends after it starts." in region(typed, "why-gbp-event-ends_at")
        assert (sent.status_code, "1 to 58 characters" in region(sent, "why-gbp-event-title")) == (422, True)


class TestMissingPermission:
    def test_leads_to_a_reconnect_that_asks_for_it_and_back_to_what_was_written(
        self, cafe: Connection
    ) -> None:
        Credential.objects.filter(connection=None).update(scopes=["pages_show_list", "pages_read_engagement"])
        alice, said = signed_in("alice@acme.test"), form(cafe, text="سمك " * 3)

        told = alice.post("/t/acme/posts/check", said)
        away = alice.post("/t/acme/compose/", {**said, "allow": str(cafe.pk)})
        back = alice.get("/t/acme/compose/")

        assert "Text posts need this permission: post on your Page." in region(told, f"says-{cafe.pk}")
        assert away["Location"].startswith(f"/api/oauth/meta/start?reconnect=true&prev_connection={cafe.pk}")
        assert away["Location"].endswith("scope_fix=true")
        assert "سمك سمك سمك" in back.content.decode()
        assert f'value="{said["key"]}"' in back.content.decode()
        assert jobs() == []


class TestTryingAgain:
    @pytest.fixture
    def sent(self, cafe: Connection, ana: Connection) -> Post:
        """A post of which the page refused its part."""
        press(form(cafe, ana))
        at = clock.now()
        mine = Job.objects.across_tenants().filter(connection=cafe.pk)
        mine.update(state=JobState.FAILED, finished_at=at, error_code="CONTENT_POLICY")
        return Post.objects.across_tenants().get()

    def test_only_the_account_that_failed_is_tried(self, sent: Post, cafe: Connection) -> None:
        failed = Job.objects.across_tenants().get(state=JobState.FAILED)
        alice = signed_in("alice@acme.test")
        seen = alice.get(f"/t/acme/posts/{sent.pk}/").content.decode()

        answers = [alice.post(f"/t/acme/posts/again/{failed.pk}/", {"post": str(sent.pk)}) for _ in range(2)]

        assert f'action="/t/acme/posts/again/{failed.pk}/"' in seen
        assert {one["Location"] for one in answers} == {f"/t/acme/posts/{sent.pk}/"}
        assert len(jobs()) == 3, "the second press does nothing"
        assert Target.objects.across_tenants().get(connection=cafe).job == jobs()[-1]
        assert "somebody has tried it again" in words(alice.get(f"/t/acme/posts/{sent.pk}/")).lower()

    def test_a_dead_letter_is_replayed_whoever_does_it_and_the_post_follows(
        self, sent: Post, cafe: Connection
    ) -> None:
        letter = make_letter(cafe.tenant, kind="publish", connection=cafe.pk, args=jobs()[0].args)
        Target.objects.across_tenants().filter(connection=cafe).update(job=letter.job_id)

        signed_in("alice@acme.test").post(f"/t/acme/posts/again/{letter.job_id}/")

        letter.refresh_from_db()
        assert letter.resolution == "replayed"
        assert Target.objects.across_tenants().get(connection=cafe).job == jobs()[-1]


class TestOthers:
    def test_whoever_only_looks_on_writes_nothing(self, cafe: Connection) -> None:
        Membership.objects.across_tenants().update(role=Role.VIEWER)

        assert [press(form(cafe), page=one).status_code for one in ("compose/", "posts/check")] == [404, 404]
        assert "Write a post" not in words(signed_in("alice@acme.test").get("/t/acme/posts/"))

    def test_charlie_reaches_none_of_acmes_accounts_posts_and_pictures(self, cafe: Connection) -> None:
        press(said := form(cafe, files=[picture()]))
        media = str(Media.objects.across_tenants().get().pk)

        theirs = {"who": "charlie@globex.test", "team": "globex"}
        sent = press(form(cafe), **theirs)
        shown = press(form(cafe, media=[media]), page="compose/media/", **theirs)
        guessed = signed_in("charlie@globex.test").get(f"/t/globex/posts/{said['key']}/")

        assert "Nowhere to post yet" in words(sent)
        assert ("menu.jpg" in words(shown), guessed.status_code, len(jobs())) == (False, 404, 1)
