"""Every URL, called by a stranger and by Charlie from Globex on Acme's objects. A new URL cannot be forgotten."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import product
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from apps.connections.lanes import lane_of
from apps.connections.models import Connection
from apps.core import clock
from apps.drills.models import DrillRun
from apps.insights.models import AdvisorInsight
from apps.insights.numbers import Digest
from apps.recovery import filters
from apps.recovery.actions import operate
from apps.recovery.links import reconnect_link
from apps.tenants import keys
from apps.webhooks.models import Delivery, Endpoint
from apps.webhooks.outbound.actions import keep
from apps.webhooks.outbound.actions.deliver import send_test
from tests.browsers import signed_in
from tests.make import make_connection, make_letter, make_publish, make_tenant
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db

# Answers that give nothing away, and who may get more by design.
CLOSED = {301, 302, 401, 403, 404, 405, 409, 410}
OPEN_TO_ALL = {
    "healthz",
    "readyz",
    "metrics",  # from this machine alone, and with nobody's name in it
    "login",
    "password_reset",
    "password_reset_done",
    "password_reset_confirm",
}
TEAM_PAGES = (
    "connections",
    "posts",
    "post_check",
    "compose",
    "compose_media",
    "insights",
    "insights_mail",
    "people",
    "people_invite",
    "people_withdraw",
    "connect",
    "connect_key",
    "notifications",
    "notifications_me",
    "notifications_room",
    "webhooks",
    "webhook_add",
)
JOB_URLS = ("api_job", "api_job_attempts", "api_job_cancel", "api_job_confirm")
CONNECTION_URLS = (
    "api_connection",
    "api_connection_pause",
    "api_connection_resume",
    "api_connection_check",
    "api_reconnect_url",
    "api_timeline",
    "api_backfill",
)
OPERATION_URLS = (
    "api_operation",
    "api_items",
    "api_errors_retried",
    "api_operation_pause",
    "api_operation_resume",
    "api_operation_abort",
)
WEBHOOK_URLS = ("api_webhook", "api_webhook_deliveries", "api_webhook_test", "api_webhook_rotate")
DELIVERY_URLS = ("api_delivery", "api_redeliver")
ENDPOINT_PAGES = (
    "webhook",
    "webhook_change",
    "webhook_secret",
    "webhook_remove",
    "webhook_test",
    "webhook_pause",
    "webhook_resume",
)
# Show the caller's own tenant, never the one in the URL.
OPEN_TO_MEMBERS = {
    "home",
    "logout",
    "api_jobs",
    "api_batch_jobs",
    "api_connections",
    "api_connections_status",
    "api_operations",
    "api_dlq",
    "api_dlq_replay",
    "api_dlq_dry_run",
    "api_dlq_resolve",
    "api_errors_retry",
    "api_errors_resolve",
    "api_errors_stats",
    "api_errors_classify",
    "api_webhooks",
    "api_event_types",
    "api_insights",
    "api_drills",
}


def named_urls(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Walk the table of contents; the console has its own rules (staff only) and its own test below."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            if pattern.app_name != "admin":
                yield from named_urls(pattern, prefix)
        else:
            yield str(pattern.name), pattern


URLS = sorted(name for name, _ in named_urls(get_resolver()))


@pytest.fixture
def acme(simulator: Simulator) -> Connection:
    """Acme's page with a job in its lane; Charlie's Globex beside it."""
    tenant, _ = make_tenant()
    make_tenant("Globex", "charlie@globex.test")
    return make_connection(tenant, simulator.account("meta", "page"), name="Harbour Cafe")


def address(name: str, acme: Connection) -> str:
    """Return the URL for Acme's objects; a URL whose parameters are not listed here fails the test."""
    plain: dict[str, dict[str, Any]] = {
        "question": {"slug": "acme", "job": uuid4()},
        "post": {"slug": "acme", "post_id": uuid4()},
        "post_again": {"slug": "acme", "job": uuid4()},
        "sign_in": {"slug": "acme", "sign_in_id": uuid4()},
        "disconnect": {"slug": "acme", "connection_id": acme.pk},
        "people_change": {"slug": "acme", "member_id": uuid4()},
        "notifications_room_remove": {"slug": "acme", "room": uuid4()},
        "password_reset_confirm": {"uidb64": "made-up", "token": "made-up"},
        "invitation": {"secret": "made-up"},
        "media": {"token": "made-up"},
        "webhook_in": {"path": "meta"},
        "data_deletion": {"code": "made-up"},
        "oauth_start": {"platform": "meta"},
        "oauth_callback": {"platform": "meta"},
        "api_breaker": {"lane": acme.lane_key},
        **{one: {"slug": "acme"} for one in TEAM_PAGES},
        **{one: {"connection": acme.pk} for one in CONNECTION_URLS},
    }
    make = MADE.get(name)
    parameters = make(acme) if make else plain.get(name, {})
    return f"{reverse(name, kwargs=parameters)}?prev_connection={acme.pk}&state=made-up&code=x"


def endpoint(acme: Connection) -> Endpoint:
    """Keep a webhook endpoint of Acme's."""
    said = {"url": "https://hooks.acme.test/", "event_types": ["*"], "description": "Harbour Cafe"}
    return keep.create(said, tenant=acme.tenant_id, actor="user:alice", at=clock.now()).endpoint


def delivery(acme: Connection) -> Delivery:
    """Tell it something."""
    to = endpoint(acme)
    return send_test(to.pk, tenant=acme.tenant_id, actor="user:alice", at=clock.now())[0]


def insight(acme: Connection) -> AdvisorInsight:
    """Sum up a week of Acme's."""
    week, words = date(2026, 11, 16), "Harbour Cafe did well."
    row = {"data": Digest().as_data(), "recommendation": words, "created_at": clock.now()}
    return AdvisorInsight.objects.create(tenant=acme.tenant, week_starting=week, **row)


def operation(acme: Connection) -> UUID:
    """Start something of Acme's."""
    asked = filters.check("replay", {}, {})
    return operate.start(asked, tenant=acme.tenant_id, actor="user:alice", at=clock.now())[0].pk


def drill(acme: Connection) -> UUID:
    """Let one have been run on Acme's page."""
    at = clock.now()
    row = {"name": "expire_token", "connections": [acme.pk], "duration": timedelta(minutes=1), "rate": 1}
    more = {"cap": 1, "actor": "staff:olga", "asked_at": at, "until": at}
    return DrillRun.objects.create(tenant=acme.tenant, **row, **more).pk


# What has to be made before it has an address.
MADE: dict[str, Callable[[Connection], dict[str, Any]]] = {
    "reconnect_link": lambda acme: {"token": urlsplit(reconnect_link(acme, clock.now())).path.split("/")[2]},
    "api_dead_letter": lambda acme: {
        "letter": make_letter(acme.tenant, lane=lane_of(acme), kind="delete").pk
    },
    "api_insight": lambda acme: {"week": insight(acme).week_starting.isoformat()},
    **dict.fromkeys(("api_drill", "api_drill_abort"), lambda acme: {"drill": drill(acme)}),
    **dict.fromkeys(JOB_URLS, lambda acme: {"job": make_publish(acme).pk}),
    **dict.fromkeys(OPERATION_URLS, lambda acme: {"operation": operation(acme)}),
    **dict.fromkeys(WEBHOOK_URLS, lambda acme: {"endpoint": endpoint(acme).pk}),
    **dict.fromkeys(ENDPOINT_PAGES, lambda acme: {"slug": "acme", "endpoint_id": endpoint(acme).pk}),
    "webhook_again": lambda acme: {
        "slug": "acme",
        "endpoint_id": (told := delivery(acme)).endpoint_id,
        "delivery": told.pk,
    },
    **dict.fromkeys(DELIVERY_URLS, lambda acme: {"delivery": delivery(acme).pk}),
}


def callers() -> dict[str, Client]:
    """Return a stranger, Charlie in a browser and Charlie's key."""
    charlie = signed_in("charlie@globex.test")
    from apps.tenants.models import Tenant

    globex = Tenant.objects.get(slug="globex")
    at = clock.now()
    _, secret = keys.issue(
        tenant=globex.pk,
        name="c",
        scopes=["read", "publish", "admin"],
        at=at,
        expires_at=at + timedelta(hours=1),
    )
    return {
        "stranger": Client(),
        "charlie": charlie,
        "charlies key": Client(headers={"Authorization": f"Bearer {secret}"}),
    }


@pytest.mark.parametrize("name", URLS)
def test_acme_is_closed_to_others(name: str, acme: Connection) -> None:
    url = address(name, acme)

    for (who, client), method in product(callers().items(), ("get", "post", "put", "delete")):
        answer = getattr(client, method)(url)
        allowed = name in OPEN_TO_ALL or (name in OPEN_TO_MEMBERS and who != "stranger")
        assert b"Harbour Cafe" not in answer.content, (who, method)
        assert allowed or answer.status_code in CLOSED, (who, method, answer.status_code)


IN_THE_CONSOLE = (
    "connections/connection",
    "jobs/job",
    "jobs/deadletter",
    "recovery/operation",
    "tenants/tenant",
    "tenants/user",
    "tenants/membership",
    "notifications/notice",
    "notifications/channel",
    "webhooks/endpoint",
    "webhooks/delivery",
    "webhooks/intake",
    "webhooks/incomingevent",
    "webhooks/refusal",
    "webhooks/erasure",
    "drills",
    "flags",
    "mailbox",
)


def test_the_console_is_closed_to_tenant_people(acme: Connection) -> None:
    for (who, client), model in product(callers().items(), IN_THE_CONSOLE):
        assert client.get(f"/admin/{model}/").status_code == 302, (who, model)
