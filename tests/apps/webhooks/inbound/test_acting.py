"""What partners tell stops, asks and informs as our own findings do: once, in any order, and never anybody else."""

import logging
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from apps.connections.choices import ConnectionStatus as S
from apps.connections.models import Connection
from apps.core import clock
from apps.events import log
from apps.events.models import Event
from apps.jobs.models import Hold, Job
from apps.notifications.models import Notice
from apps.webhooks.inbound import acting, intake
from apps.webhooks.inbound.choices import Ending
from apps.webhooks.inbound.mailchimp.receiver import token
from apps.webhooks.inbound.reader import read_new
from apps.webhooks.models import IncomingEvent, Intake
from tests import partner_posts as posts
from tests.apps.webhooks.inbound.conftest import Deliver, post
from tests.make import make_connection, make_tenant
from tests.partner_posts import Google, Sent
from tests.watching import Log

pytestmark = pytest.mark.django_db


def connect(
    tenant: Any, platform: str, account: str, *, person: str, kind: str = "page", **more: Any
) -> Connection:
    """Connect an account without asking any partner."""
    seeded = {
        "access_token": f"token of {account}",
        "expires_in": None,
        "scopes": [],
        "user_id": person,
        "account_id": account,
        "details": {},
        "account_token": None,
    }
    return make_connection(tenant, seeded, platform=platform, kind=kind, **more)


@pytest.fixture
def acme() -> Any:
    return make_tenant()[0]


def now(connection: Connection) -> Connection:
    return Connection.objects.across_tenants().get(pk=connection.pk)


def ending() -> str:
    return IncomingEvent.objects.order_by("-id").values_list("ending", flat=True)[0]


def checks(connection: Connection) -> int:
    return Job.objects.across_tenants().filter(kind="health_check", connection=connection.pk).count()


def test_a_deauthorised_app_stops_every_page_of_that_person(acme: Any, deliver: Deliver) -> None:
    pages = [connect(acme, "meta", name, person="218471") for name in ("page-1", "page-2")]
    other = connect(acme, "meta", "page-3", person="999")

    deliver(posts.deauthorize("218471"))
    read_new()

    assert [now(one).status for one in pages] == [S.REVOKED, S.REVOKED]
    assert {(now(one).pause_reason, now(one).partner_told) for one in pages} == {("APP_DEAUTHORIZED", True)}
    assert now(other).status == S.ACTIVE
    assert Hold.objects.filter(scope=f"grant:{pages[0].grant_id}", closed_at=None).exists()


def test_a_persons_number_at_the_other_app_of_meta_is_another_person(acme: Any, deliver: Deliver) -> None:
    page = connect(acme, "meta", "page-1", person="218471")
    alone = connect(acme, "meta", "insta-1", person="218471", kind="instagram", login="instagram")

    deliver(posts.deauthorize("218471", secret="instagram_secret_example"))
    read_new()

    assert (now(page).status, now(alone).status) == (S.ACTIVE, S.REVOKED)


def test_charlie_keeps_what_alices_partner_took_back(acme: Any, deliver: Deliver) -> None:
    globex, _ = make_tenant("Globex", "charlie@globex.test")
    alices = connect(acme, "meta", "page-1", person="alice-at-meta")
    charlies = connect(globex, "meta", "page-2", person="charlie-at-meta")
    his_audience = connect(globex, "mailchimp", "audience-2", person="c", kind="audience")
    her_audience = connect(acme, "mailchimp", "audience-1", person="a", kind="audience")

    deliver(posts.deauthorize("alice-at-meta"))
    deliver(posts.mailchimp(token(her_audience.pk), type="list_deleted", **{"data[list_id]": "audience-2"}))
    read_new()

    assert now(alices).status == S.REVOKED
    assert (now(charlies).status, checks(his_audience), checks(her_audience)) == (S.ACTIVE, 0, 0)
    assert not Event.objects.filter(tenant=globex.pk, verb="webhook.told").exists()


def test_a_person_of_two_customers_loses_both(acme: Any, deliver: Deliver) -> None:
    globex, _ = make_tenant("Globex", "charlie@globex.test")
    both = [connect(acme, "meta", "page-1", person="7"), connect(globex, "meta", "page-2", person="7")]

    deliver(posts.deauthorize("7"))
    read_new()

    assert [now(one).status for one in both] == [S.REVOKED, S.REVOKED]


def test_what_is_older_than_the_last_reconnect_undoes_nothing(acme: Any, deliver: Deliver) -> None:
    page = connect(acme, "meta", "page-1", person="7")
    at = clock.now()
    subject = f"connection:{page.pk}"
    log.record("connection.reconnected", tenant=acme.pk, subject=subject, actor="user:alice", at=at)

    deliver(posts.deauthorize("7", at=(at - timedelta(hours=1)).timestamp()))
    read_new()

    assert (now(page).status, ending(), checks(page)) == (S.ACTIVE, Ending.OLD, 0)


def test_what_is_older_by_a_moment_only_is_asked_about(acme: Any, deliver: Deliver) -> None:
    page = connect(acme, "meta", "page-1", person="7")

    deliver(posts.deauthorize("7", at=(clock.now() - timedelta(seconds=20)).timestamp()))
    read_new()

    assert (now(page).status, ending(), checks(page)) == (S.ACTIVE, Ending.OLD, 1)


@pytest.mark.parametrize(
    ("field", "value", "status", "code"),
    [
        ("pages_manage_posts", {"verb": "revoked"}, S.ATTENTION, "PERMISSION_INSUFFICIENT"),
        ("connected", {"verb": "revoked"}, S.REVOKED, "APP_DEAUTHORIZED"),
        ("connected", {"verb": "granted"}, S.ACTIVE, ""),
        ("user_likes", {"verb": "revoked"}, S.ACTIVE, ""),
    ],
)
def test_a_permission_that_we_need_is_missed(
    field: str, value: dict[str, Any], status: str, code: str, acme: Any, deliver: Deliver
) -> None:
    page = connect(acme, "meta", "page-1", person="7")

    deliver(posts.meta(posts.change(field, account="7", thing="permissions", **value)))
    read_new()

    assert (now(page).status, now(page).pause_reason) == (status, code)


@pytest.mark.parametrize(
    ("reason", "status", "code"),
    [(1, S.REVOKED, "APP_DEAUTHORIZED"), (4, S.ATTENTION, "ACCOUNT_ACTION_REQUIRED")],
)
def test_tiktok_says_why_it_ended(reason: int, status: str, code: str, acme: Any, deliver: Deliver) -> None:
    creator = connect(acme, "tiktok", "creator-1", person="creator-1", kind="creator")

    deliver(posts.tiktok("authorization.removed", "creator-1", reason=reason))
    read_new()

    assert (now(creator).status, now(creator).pause_reason) == (status, code)


@pytest.mark.parametrize(
    ("event", "status", "asked"),
    [
        ("tokens-revoked", S.REVOKED, 0),
        ("account-disabled", S.ATTENTION, 0),
        ("sessions-revoked", S.ACTIVE, 1),
        ("account-enabled", S.ACTIVE, 0),
    ],
)
def test_googles_security_events(
    event: str, status: str, asked: int, acme: Any, google: Google, deliver: Deliver
) -> None:
    place = connect(acme, "gbp", "location-1", person="7375", kind="location")

    deliver(google.risc(event, "7375"))
    read_new()

    assert (now(place).status, checks(place)) == (status, asked)


def test_what_no_partner_sends_and_what_nobody_signed_only_asks(
    acme: Any, google: Google, deliver: Deliver
) -> None:
    place = connect(acme, "gbp", "location-1", person="g", kind="location")
    company = connect(acme, "linkedin", "urn:li:organization:1", person="l", kind="organization")
    audience = connect(acme, "mailchimp", "audience-1", person="m", kind="audience")

    deliver(google.pubsub({"type": "LOCATION_DELETED", "location": "accounts/1/locations/location-1"}))
    deliver(
        posts.linkedin(
            {"notificationId": 1, "organizationalEntity": "urn:li:organization:1"}, kind="PERMISSION_REVOKED"
        )
    )
    deliver(posts.mailchimp(token(audience.pk), type="api_key_rotated", **{"data[list_id]": "audience-1"}))
    read_new()

    assert [now(one).status for one in (place, company, audience)] == [S.ACTIVE] * 3
    assert [checks(one) for one in (place, company, audience)] == [1, 1, 1]


def test_ten_likes_ask_once_and_not_again_after_a_check(acme: Any, deliver: Deliver) -> None:
    company = connect(acme, "linkedin", "urn:li:organization:1", person="l", kind="organization")
    likes = [{"notificationId": n, "organizationalEntity": "urn:li:organization:1"} for n in range(10)]

    deliver(posts.linkedin(*likes[:5]))
    read_new()
    Connection.objects.across_tenants().filter(pk=company.pk).update(last_health_check=clock.now())
    deliver(posts.linkedin(*likes))
    read_new()

    assert IncomingEvent.objects.count() == 10
    assert checks(company) == 1


def test_the_same_event_acts_once_in_whichever_post_it_comes(
    acme: Any, google: Google, deliver: Deliver
) -> None:
    connect(acme, "gbp", "location-1", person="g", kind="location")
    notice = {"notificationType": "DUPLICATE_LOCATION", "location": "locations/location-1"}

    answers = [
        deliver(google.pubsub(notice, name="m-1", envelope={"deliveryAttempt": attempt}))
        for attempt in (1, 1, 2)
    ]
    read_new()

    assert {answer.status_code for answer in answers} == {200}
    assert (Intake.objects.count(), IncomingEvent.objects.count()) == (2, 1)


def test_a_batch_is_taken_apart(acme: Any, deliver: Deliver) -> None:
    page = connect(acme, "meta", "page-1", person="7")
    at = round((clock.now() + timedelta(seconds=1)).timestamp())
    feed = {"id": "page-1", "time": at, "changes": [{"field": "feed", "value": {"n": n}} for n in range(999)]}
    lost = {"id": "page-1", "time": at, "changes": [{"field": "name", "value": {}}]}

    deliver(posts.meta({"object": "page", "entry": [feed, lost]}))
    read_new()

    assert IncomingEvent.objects.filter(ending=Ending.NOTED).count() == 999
    assert checks(page) == 1


def test_an_unknown_kind_and_an_unknown_account_are_kept(acme: Any, deliver: Deliver) -> None:
    deliver(posts.tiktok("post.something.new", "creator-9"))
    deliver(posts.tiktok("authorization.removed", "creator-9", reason=1))
    read_new()

    assert set(IncomingEvent.objects.values_list("ending", flat=True)) == {Ending.IGNORED, Ending.NOBODY}


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"entry":7}', b'{"entry":[7]}', b'"\xff\xfe"', b"[" * 100_000]
)
def test_what_is_signed_and_malformed_is_kept(body: bytes, deliver: Deliver) -> None:
    answer = deliver(posts.meta(body))
    read_new()

    assert answer.status_code == 200
    assert (Intake.objects.get().state, bytes(Intake.objects.get().body)) == ("malformed", body)


def test_an_entry_that_cannot_be_read_keeps_no_other_waiting(acme: Any, deliver: Deliver) -> None:
    page = connect(acme, "meta", "page-1", person="7")
    at = round((clock.now() + timedelta(seconds=1)).timestamp())
    entry = {"id": "7", "time": at, "changes": [7, {"field": "connected", "verb": "revoked"}]}

    deliver(posts.meta({"object": "permissions", "entry": [entry]}))
    read_new()

    assert now(page).status == S.REVOKED
    assert Intake.objects.get().state == "malformed"


def test_operations_hear_of_the_fifth_that_cannot_be_read_and_only_once(deliver: Deliver) -> None:
    for number in range(7):
        deliver(posts.meta(b"%d" % number))
        read_new()

    assert Notice.objects.across_tenants().count() == 1


def test_an_event_that_we_fail_at_stops_only_itself(
    acme: Any, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = [connect(acme, "meta", name, person=name) for name in ("p-1", "p-2")]
    really = acting.stop_many

    def stop_many(refusals: Any, **how: Any) -> Any:
        if refusals[0][0].pk == pages[0].pk:
            raise ZeroDivisionError("a defect of ours")
        return really(refusals, **how)

    monkeypatch.setattr(acting, "stop_many", stop_many)
    deliver(posts.deauthorize("p-1"))
    deliver(posts.deauthorize("p-2"))
    read_new()

    assert [now(one).status for one in pages] == [S.ACTIVE, S.REVOKED]
    assert set(IncomingEvent.objects.values_list("ending", flat=True)) == {Ending.FAILED, Ending.DONE}


def test_without_a_database_the_partner_shall_try_again(
    known: None, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_args: Any) -> None:
        raise OperationalError("the database is away")

    monkeypatch.setattr(intake, "ask", away)

    assert post(client, posts.deauthorize("7")).status_code == 503


def test_what_is_too_long_and_what_nobody_answers_at(deliver: Deliver) -> None:
    long = deliver(posts.meta(b"x" * (1024 * 1024 + 1)))
    nobody = deliver(Sent("friendster", b"{}"))
    deeper = deliver(Sent("meta/elsewhere", b"{}"))

    assert [long.status_code, nobody.status_code, deeper.status_code] == [413, 404, 404]
    assert not Intake.objects.exists()


def test_mailchimps_token_is_masked_in_the_log(known: None, client: Client) -> None:
    log = Log()
    logging.getLogger().addHandler(log.handler)
    client.post("/api/webhooks/mailchimp/a-secret-token", b"", content_type="text/plain")
    logging.getLogger("django.request").error("Not Found: /api/webhooks/mailchimp/a-secret-token")
    logging.getLogger().removeHandler(log.handler)

    assert "mailchimp/[hidden]" in log.text
    assert "a-secret-token" not in log.text
