"""The doctor's words about webhooks, the addresses for partners, and how long what they told us is kept."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client

from apps.core import clock, ids, partitions
from apps.webhooks.inbound import health, keys, retention
from apps.webhooks.inbound.keys import fetch_due
from apps.webhooks.models import Intake, Refusal, Seen, SigningKeys
from tests import partner_posts as posts
from tests.apps.webhooks.inbound.conftest import Deliver, post
from tests.apps.webhooks.inbound.test_acting import connect
from tests.make import make_tenant

pytestmark = pytest.mark.django_db


def words() -> str:
    return " ".join(health.troubles(at=clock.now(), real_at=clock.real_now()))


def test_all_is_well_where_everything_is_set(known: None) -> None:
    assert words() == ""


def test_what_is_half_set_or_not_fetched_is_named(known: None, settings: Any) -> None:
    settings.PARTNER_CREDENTIALS = {
        **settings.PARTNER_CREDENTIALS,
        "META_CLIENT_ID": "1",
        "META_VERIFY_TOKEN": "",
        "GBP_PUBSUB_EMAIL": "",
    }
    SigningKeys.objects.filter(name=keys.CERTS).update(
        fetched_at=clock.now() - timedelta(days=1), trouble="ClientConnectorError"
    )

    found = words()

    assert "REKNIT_META_VERIFY_TOKEN is not set" in found
    assert "REKNIT_GBP_PUBSUB_EMAIL" in found
    assert "ClientConnectorError" in found


def test_what_waits_to_be_read_is_named(deliver: Deliver) -> None:
    deliver(posts.deauthorize("7"))
    old = ids.floor(clock.real_now() - timedelta(minutes=5))
    Intake.objects.update(id=old)

    assert "worker-control" in words()


def test_keys_that_cannot_be_fetched_leave_the_old_ones(known: None, settings: Any) -> None:
    settings.PARTNER_URLS = {**settings.PARTNER_URLS, "GOOGLE_CERTS_URL": "http://127.0.0.1:1/certs"}
    before = SigningKeys.objects.get(name=keys.CERTS).keys
    SigningKeys.objects.filter(name=keys.CERTS).update(fetched_at=clock.now() - timedelta(hours=1))

    fetch_due()

    row = SigningKeys.objects.get(name=keys.CERTS)
    assert row.keys == before
    assert row.trouble


def test_the_command_prints_an_address_that_is_answered(known: None, client: Client) -> None:
    connect(make_tenant()[0], "mailchimp", "audience-1", person="m", kind="audience", name="Readers")
    out = io.StringIO()

    call_command("webhook_addresses", stdout=out)

    lines = dict(line.split(": ", 1) for line in out.getvalue().splitlines())
    path = lines["mailchimp (Readers)"].removeprefix("http://testserver/api/webhooks/")
    assert post(client, posts.Sent(path, b"type=subscribe", kind=posts.FORM)).status_code == 200
    assert lines["gbp/risc"] == "http://testserver/api/webhooks/gbp/risc"


def test_what_was_seen_and_refused_goes_in_time_and_whole_weeks_go(deliver: Deliver) -> None:
    deliver(posts.deauthorize("7"))
    deliver(posts.deauthorize("7", secret="another"))
    at = clock.now()
    later = at + timedelta(days=8)

    kept = [list(rows) for rows in retention.old(at, at)]
    gone = [list(rows) for rows in retention.old(later, later)]
    dropped = retention.prune(at=clock.real_now() + timedelta(weeks=8))

    assert kept == [[], []]
    assert gone == [list(Seen.objects.all()), []]
    assert Refusal.objects.count() == 1
    week = partitions.monday(clock.real_now())
    assert f"webhooks_intake_{week:%Y%m%d}" in dropped
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM webhooks_intake")
        assert cursor.fetchone()[0] == 0
