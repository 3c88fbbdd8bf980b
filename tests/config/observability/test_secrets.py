"""Secrets are pushed through every door and looked for wherever the house leaves something behind: 0 hits."""

import base64
import gzip
import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import sentry_sdk
from django.conf import settings
from django.db import connection as database
from django.test import Client
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from redis import Redis

from apps.connections import renewal
from apps.connections.models import Credential, EgressRoute
from apps.connections.stage import Pass
from apps.core import clock, tracing
from apps.drills import letters
from apps.drills.choices import Verdict
from apps.jobs.pump import Pump
from apps.tenants import keys
from apps.tenants.models import User
from apps.webhooks.inbound import reader
from config.observability import reports
from config.observability import tracing as otlp
from tests.browsers import signed_in
from tests.drilling import begin, ended, go_on, journey, mail, said, set_up_stage
from tests.following import follow
from tests.hooks import make_endpoint
from tests.journeys import Journey, begin_journey
from tests.make import make_publish
from tests.partner_posts import SECRETS, meta
from tests.receivers import Receiver, serving
from tests.refreshing import pass_time
from tests.simulator import Simulator
from tests.watching import Log, Spans

PASSWORD = "canary-Passw0rd-of-Alice"
PEOPLE = ("alice@acme.test", "bob.canary@acme.test")
PAGES = (
    "/admin/connections/connection/",
    "/admin/jobs/job/",
    "/admin/webhooks/endpoint/",
    "/admin/events/event/",
    "/admin/connections/connection/export/json/",
    "/admin/jobs/job/export/csv/",
)


@pytest.fixture
def desk() -> Iterator[Receiver]:
    """Who is told of failures: what Sentry is, as far as a program can see."""
    with serving(Receiver()) as server:
        yield server
        sentry_sdk.get_client().close()
        sentry_sdk.init()


def tokens() -> set[str]:
    """Every token that is kept, in clear."""
    rows = [(one.access_token(), one.refresh_token()) for one in Credential.objects.all()]
    return {each for pair in rows for each in pair if each}


def dump() -> str:
    """Every row of every table, as text."""
    with database.cursor() as cursor:
        cursor.execute("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'")
        tables = [name for (name,) in cursor.fetchall()]
        rows = []
        for table in tables:
            with cursor.copy(f"COPY (SELECT * FROM {table}) TO STDOUT") as copied:  # noqa: S608 - a name of ours
                rows += [bytes(part).decode() for part in copied]
    return "".join(rows)


def broker() -> str:
    """Every key of the broker with its value; what its messages carry in base64 is read as well."""
    with Redis.from_url(
        settings.REDIS_URL.replace("redis+socket://", "unix://"), decode_responses=True
    ) as redis:
        reads = {
            "list": lambda key: redis.lrange(key, 0, -1),
            "set": redis.smembers,
            "hash": lambda key: [each for pair in redis.hgetall(key).items() for each in pair],  # type: ignore[union-attr]
            "zset": lambda key: redis.zrange(key, 0, -1),
            "string": lambda key: [redis.get(key)],
        }
        found = [(key, each) for key in redis.scan_iter() for each in reads[redis.type(key)](key)]
    bodies = [json.loads(each)["body"] for _, each in found if each.startswith('{"body"')]
    return str(found) + "".join(base64.b64decode(one).decode() for one in bodies)


def come_back(journey: Journey) -> tuple[str, str]:
    """Reconnect; return what the partner's redirect brought."""
    way = journey.answer(journey.out())
    journey.browser.get(way)
    said = parse_qs(urlsplit(way).query)
    return said["code"][0], said["state"][0]


def _fail(words: str) -> None:
    """Let the house stumble over something."""
    try:
        raise RuntimeError(words)  # noqa: TRY301 - by itself
    except RuntimeError:
        logging.getLogger("apps.jobs").exception("call.failed", extra={"error": words, "job": words})


def pages(pump: Pump, slug: str) -> str:
    """What Alice and operations see."""
    User.objects.create_superuser("olga@reknit.test", "secret-of-olga")
    alice, olga = signed_in("alice@acme.test"), signed_in("olga@reknit.test")
    answers = [alice.get(f"/t/{slug}/"), alice.get(f"/t/{slug}/posts/"), *(olga.get(page) for page in PAGES)]
    assert {answer.status_code for answer in answers} == {200}
    return "".join(
        b"".join(answer).decode() if answer.streaming else answer.content.decode()  # type: ignore[arg-type]
        for answer in answers
    )


def test_no_secret_is_left_anywhere(
    pump: Pump,
    simulator: Simulator,
    log: Log,
    spans: Spans,
    desk: Receiver,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("apps.web.oauth.PATIENCE", 0)  # the check is done by a pump that begins later
    settings.EGRESS_LOOPBACK = True
    settings.PARTNER_CREDENTIALS = {
        **settings.PARTNER_CREDENTIALS,
        "META_CLIENT_SECRET": SECRETS["META_CLIENT_SECRET"],
    }
    settings.SENTRY_DSN = desk.url.replace("http://", "http://public@").replace("/hooks", "/7")
    reports.set_up()
    journey = begin_journey(simulator, "gbp")
    tenant = journey.connection.tenant
    secret = tokens()
    with serving(Receiver()) as receiver:
        # In: the callback, the API, a webhook, two forms.
        code, state = come_back(journey)
        pump.drain()
        secret |= tokens()
        _, key = keys.issue(tenant=tenant.pk, name="host", scopes=["publish", "read"], at=clock.now())
        _, endpoint_secret = make_endpoint(tenant, receiver.url, "job.*", "connection.*")
        host = Client(headers={"Authorization": f"Bearer {key}"})
        host.get(f"/api/v2/jobs?access_token={key}")
        Client(headers={"Authorization": f"Bearer {key}x"}).get("/api/v2/jobs")
        hook = meta({"object": "page", "entry": []})
        Client().post("/api/webhooks/meta", hook.body, content_type=hook.kind, headers=hook.headers)
        Client().post("/sign-in/", {"username": PEOPLE[0], "password": PASSWORD})
        mailchimp = "0123456789abcdef0123456789abcdef-us7"
        journey.browser.post(f"/t/{tenant.slug}/connect/mailchimp-key/", {"key": mailchimp})
        # Out: a post, a renewal, what the host product is told.
        make_publish(journey.now(), content={"format": "update"})
        pump.drain()
        pass_time(simulator, timedelta(hours=1))
        renewal.renew_due(at=clock.now())
        pump.drain()
        follow()
        pump.drain()
        sent = [one for taken in receiver.taken for one in taken.headers.items()]
    secret |= tokens() | {code, state, key, endpoint_secret, PASSWORD, mailchimp, *hook.headers.values()}
    secret |= {one for name, one in sent if name.lower().endswith("signature")}
    # What nobody foresaw, with all of it in its words; a password is told by what stands before it.
    shaped = " ".join(sorted(secret - {code, state, PASSWORD}))
    _fail(f"GET /x?code={code}&state={state} {shaped} for {' and '.join(PEOPLE)}, password={PASSWORD}")
    sentry_sdk.flush(timeout=5)

    left = {
        "log": log.text,
        "database": dump(),
        "broker": broker(),
        "pages": pages(pump, tenant.slug),
        "spans": "".join(one.to_json() for one in spans.all()),
        "reports": "".join(gzip.decompress(one.body).decode() for one in desk.taken),
    }
    assert len(secret) > 10
    assert all(left.values())
    assert "RuntimeError" in left["reports"]
    assert "jobs.pump" in left["broker"]
    assert [(where, each) for where, text in left.items() for each in secret if each in text] == []
    assert "simtok" not in left["log"] + left["spans"] + left["reports"]
    assert [each for each in PEOPLE if each in left["log"] + left["spans"] + left["reports"]] == []


def test_a_drill_shows_its_stage_no_live_secret_and_leaves_none_behind(
    pump: Pump,
    simulator: Simulator,
    log: Log,
    spans: Spans,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_up_stage(simulator, settings)
    app = "canary-secret-of-our-app"
    settings.PARTNER_CREDENTIALS = {**settings.PARTNER_CREDENTIALS, "LINKEDIN_CLIENT_SECRET": app}
    seals: set[str] = set()
    monkeypatch.setattr(letters, "bring", lambda one: (seals.update(one.headers.values()), mail(one)))
    acme = journey(simulator, "linkedin")
    live = tokens() | {app}

    run = begin("duplicate_webhook", acme.connection)
    route = EgressRoute.objects.across_tenants().get()
    passed = Pass.opened(route.tokens, route.pk)
    pair = [(one.access, one.own, one.refresh) for one in (passed.first, passed.second)]
    staged = {each for three in pair for each in three if each}
    run = go_on(run, pump, simulator, until=ended, also=reader.read_new)
    follow()
    User.objects.create_superuser("olga@reknit.test", "secret-of-olga")
    olga = signed_in("olga@reknit.test")

    card = olga.get(f"/admin/drills/{run.pk}/?as=json").content.decode()
    left = {
        "log": log.text,
        "database": dump(),
        "broker": broker(),
        "card": card + olga.get(f"/admin/drills/{run.pk}/").content.decode(),
        "spans": "".join(one.to_json() for one in spans.all()),
        "ledger": json.dumps([simulator.get(f"/stage/control/{part}") for part in ("ledger", "calls")]),
    }
    stage = b"".join(one.read_bytes() for one in simulator.data.glob("stage.sqlite3*")).decode("latin-1")
    assert (said(run), len(json.loads(left["ledger"])[0])) == ((Verdict.PASSED, "", 0, 0, []), 6)
    assert min(len(live), len(seals), len(staged)) > 0
    assert all(each in stage for each in staged)
    assert [each for each in live | seals if each in stage] == []
    secret = live | seals | staged
    assert [(where, each) for where, text in left.items() for each in secret if each in text] == []


def test_spans_arrive_where_the_setting_says(settings: Any) -> None:
    with serving(Receiver()) as collector:
        settings.OTLP_URL = collector.url.removesuffix("/hooks")
        otlp.set_up()
        with tracing.during("settle", jobs=3, token="simtok-1"):
            pass
        assert tracing._spans is not None
        tracing._spans.provider.shutdown()  # type: ignore[attr-defined]
        tracing.plug(None)

    (taken,) = collector.taken
    body = gzip.decompress(taken.body) if taken.headers.get("Content-Encoding") == "gzip" else taken.body
    (span,) = ExportTraceServiceRequest.FromString(body).resource_spans[0].scope_spans[0].spans
    said = {one.key: one.value.string_value or one.value.int_value for one in span.attributes}
    assert (taken.path, span.name) == ("/v1/traces", "settle")
    assert said == {"reknit.jobs": 3, "reknit.token": "[hidden]"}
