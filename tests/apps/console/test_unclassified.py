"""What no rule knows gets a name from a person: with a look at the effect first, live everywhere, and undone."""

import time

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from apps.connections.models import Connection
from apps.core import clock
from apps.errors import live
from apps.errors.classifier import classify_partner_error
from apps.errors.codes import ErrorCode
from apps.errors.models import Override, Sample, Unclassified
from apps.errors.overrides import LIVE
from apps.events.models import Event
from apps.jobs.pump import Pump
from apps.tenants.models import User
from tests.browsers import signed_in
from tests.make import make_connection, make_publish, make_tenant, reload
from tests.simulator import Simulator

TEAPOT = {"error": {"teapot": "A brew of 418 cups failed"}}


@pytest.fixture
def olga(db: None) -> Client:
    """A member of the operations staff."""
    User.objects.create_superuser("olga@reknit.test", "secret-of-olga")
    return signed_in("olga@reknit.test")


@pytest.fixture
def cafe(pump: Pump, simulator: Simulator) -> Connection:
    """Acme's page, whose partner answers what nobody knows."""
    live.refresh(older_than=0)  # this process may remember what another test has said
    tenant, _ = make_tenant()
    connection = make_connection(tenant, simulator.account("meta", "page"))
    simulator.fault("answer", platform="meta", operation="publish", status=418, body=TEAPOT, times=1)
    make_publish(connection)
    pump.drain(budget=5)
    return connection


def give(olga: Client, code: ErrorCode, **more: str) -> object:
    """Press the button on the page of the only unknown answer."""
    unknown = Unclassified.objects.get()
    return olga.post(f"/admin/errors/inbox/{unknown.pk}/", {"code": code.value, "reason": "Tea.", **more})


def code_of(body: object) -> ErrorCode:
    """Name the answer as this process would."""
    return classify_partner_error("meta", 418, body).code


def test_an_unknown_answer_is_in_the_inbox_with_its_words(olga: Client, cafe: Connection) -> None:
    answer = olga.get("/admin/errors/inbox/").content.decode()

    assert (Unclassified.objects.get().status, "418" in answer) == (418, True)


def test_the_same_answer_with_other_numbers_is_the_same_group() -> None:
    one, other = (
        classify_partner_error(
            "meta", 418, {"error": {"message": f"Brew {number} of user 17{number} failed"}}
        )
        for number in (123456, 99)
    )

    assert one.fingerprint == other.fingerprint


def test_another_shape_is_another_group() -> None:
    one, other = (
        classify_partner_error("meta", 418, {"error": {"message": "Brew failed", name: 1}})
        for name in ("pot", "cup")
    )

    assert one.fingerprint != other.fingerprint


def test_the_first_press_only_shows_what_would_change(olga: Client, cafe: Connection) -> None:
    answer = give(olga, ErrorCode.PARTNER_UNAVAILABLE)

    assert answer.context["preview"].changes == (("UNKNOWN", "PARTNER_UNAVAILABLE", 1),)  # type: ignore[attr-defined]
    assert not Override.objects.exists()


def test_the_second_press_makes_it_live(olga: Client, cafe: Connection) -> None:
    give(olga, ErrorCode.PARTNER_UNAVAILABLE, confirm="yes")
    live.refresh(older_than=0)

    assert code_of(TEAPOT) is ErrorCode.PARTNER_UNAVAILABLE
    assert code_of({"another": "shape"}) is ErrorCode.UNKNOWN


def test_a_running_worker_learns_it_by_itself(
    olga: Client, cafe: Connection, pump: Pump, simulator: Simulator
) -> None:
    give(olga, ErrorCode.CONTENT_INVALID, confirm="yes")
    end = time.monotonic() + 5
    while not LIVE and time.monotonic() < end:
        time.sleep(0.05)  # nobody tells it: it looks by itself
    simulator.fault("answer", platform="meta", operation="publish", status=418, body=TEAPOT, times=9)
    job = make_publish(cafe, "Another one")

    pump.drain(budget=5)

    assert (reload(job).state, reload(job).error_code) == ("failed", "CONTENT_INVALID")


def test_taken_back_it_is_unknown_again(olga: Client, cafe: Connection) -> None:
    give(olga, ErrorCode.PARTNER_UNAVAILABLE, confirm="yes")

    olga.post(f"/admin/errors/overrides/{Override.objects.get().pk}/")
    live.refresh(older_than=0)

    assert code_of(TEAPOT) is ErrorCode.UNKNOWN


def test_both_steps_are_in_the_event_log(olga: Client, cafe: Connection) -> None:
    give(olga, ErrorCode.PARTNER_UNAVAILABLE, confirm="yes")
    olga.post(f"/admin/errors/overrides/{Override.objects.get().pk}/")

    verbs = list(Event.objects.filter(verb__startswith="errors.").order_by("id").values_list("verb", "actor"))

    olga_herself = f"staff:{User.objects.get(email='olga@reknit.test').pk}"
    assert verbs == [("errors.override_added", olga_herself), ("errors.override_removed", olga_herself)]


def test_a_second_code_for_the_same_answers_is_refused(olga: Client, cafe: Connection) -> None:
    give(olga, ErrorCode.PARTNER_UNAVAILABLE, confirm="yes")
    give(olga, ErrorCode.PARTNER_5XX, confirm="yes")

    assert [row.code for row in Override.objects.all()] == ["PARTNER_UNAVAILABLE"]


def test_a_viewer_sees_the_inbox_and_changes_nothing(cafe: Connection) -> None:
    vera = User.objects.create_user("vera@reknit.test", "secret-of-vera", is_staff=True)
    vera.user_permissions.add(Permission.objects.get(codename="view_unclassified"))
    browser = signed_in("vera@reknit.test")

    refused = give(browser, ErrorCode.PARTNER_5XX, confirm="yes")

    assert browser.get("/admin/errors/inbox/").status_code == 200
    assert (refused.status_code, Override.objects.count()) == (403, 0)  # type: ignore[attr-defined]


def test_every_failure_leaves_a_sample_without_secrets(cafe: Connection) -> None:
    sample = Sample.objects.get()

    assert (sample.platform, sample.status, sample.code) == ("meta", 418, "UNKNOWN")
    assert "simtok" not in sample.body + str(sample.headers)


def test_the_ring_of_samples_keeps_its_size(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from apps.errors import record

    monkeypatch.setattr(record, "RING", 3)
    for number in range(5):
        Sample.objects.create(
            at=clock.now(), platform="meta", operation="publish", status=number, code="x", rule="x"
        )

    record.trim()

    assert list(Sample.objects.order_by("id").values_list("status", flat=True)) == [2, 3, 4]


class TestLab:
    def test_shows_the_rule_its_source_and_what_would_be_done(self, olga: Client) -> None:
        answer = olga.post(
            "/admin/errors/lab/",
            {
                "platform": "meta",
                "status": "400",
                "operation": "publish",
                "headers": "x-fb-trace-id: abc",
                "body": '{"error": {"code": 190, "error_subcode": 463}}',
            },
        ).content.decode()

        for words in ("AUTH_EXPIRED", "meta.190.463", "developers.facebook.com", "runbooks/auth-expired.md"):
            assert words in answer

    def test_names_any_body(self, olga: Client) -> None:
        answer = olga.post(
            "/admin/errors/lab/",
            {"platform": "gbp", "status": "999", "operation": "publish", "body": "<script>alert(1)</script>"},
        )

        assert (answer.status_code, b"<script>alert" in answer.content) == (200, False)

    def test_says_beside_the_field_what_is_wrong(self, olga: Client) -> None:
        answer = olga.post(
            "/admin/errors/lab/", {"platform": "meta", "status": "many", "operation": "publish"}
        )

        assert "Enter a whole number." in answer.content.decode()
