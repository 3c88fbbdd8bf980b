"""Every list of the console, from the registry: a new one that pages by counting, or that is drawn otherwise, fails."""

import re
from typing import Any

import pytest
from django.conf import settings
from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from unfold.templatetags.unfold_list import items_for_result

from apps.connections.lanes import lane_of
from apps.console import flags, inbox, incidents, operations
from apps.core import clock
from apps.errors.models import Unclassified
from apps.events.keyset import KeysetChangeList, KeysetPaginator
from apps.events.listing import ListAdmin
from apps.insights.models import AdvisorInsight, HealthResult
from apps.jobs.models import Bucket, Hold
from apps.notifications.models import Channel
from apps.recovery.choices import Family
from apps.recovery.models import Incident
from apps.tenants.models import Tenant, User
from apps.webhooks.models import Refusal
from tests.browsers import signed_in
from tests.make import make_connection, make_letter, make_publish, make_tenant
from tests.scripted import Script
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db

# Lists that stay small, each with its reason; they may page as Django does.
SMALL = {
    "jobs.changedlimit": "a partner's few budgets, and only where an operator said otherwise",
    "jobs.changedretry": "a kind's one policy, and only where an operator said otherwise",
    "auth.group": "three roles",
    "axes.accessattempt": "of another package; a success forgets it, and a lock lasts fifteen minutes",
    "axes.accesslog": "of another package, and switched off: the event log is ours",
    "axes.accessfailurelog": "of another package, and switched off",
    "django_celery_beat.periodictask": "one a periodic task",
    "django_celery_beat.clockedschedule": "of another package, and unused",
    "django_celery_beat.crontabschedule": "one a periodic task at most",
    "django_celery_beat.intervalschedule": "one a periodic task at most",
    "django_celery_beat.solarschedule": "of another package, and unused",
}
LISTS: dict[str, tuple[type[Model], Any]] = {
    model._meta.label_lower: (model, one) for model, one in admin.site._registry.items()
}


@pytest.fixture
def olga(db: None) -> Client:
    """A member of the operations staff."""
    User.objects.create_superuser("olga@reknit.test", "secret-of-olga")
    return signed_in("olga@reknit.test")


@pytest.fixture
def acme(simulator: Simulator, script: Script) -> Tenant:
    """A tenant with something in most lists."""
    tenant, alice = make_tenant(name="Acme <b>&amp;</b>")
    cafe = make_connection(tenant, simulator.account("meta", "page"), name="Café <script>")
    make_publish(cafe)
    make_letter(tenant, lane=lane_of(cafe), kind="delete", connection=cafe.pk)
    Hold.objects.create(scope="lane:1", reason="ops", sentence="Olga <looks>.", since=clock.now())
    Channel.objects.create(tenant=tenant, person=alice, kind="email", name="Alice", created_at=clock.now())
    HealthResult.objects.create(
        tenant=tenant,
        connection=cafe.pk,
        platform="meta",
        status="warning",
        warnings=["quota_nearly_gone"],
        latency_ms=90,
        at=clock.now(),
    )
    AdvisorInsight.objects.create(
        tenant=tenant,
        week_starting="2026-11-23",
        data={},
        recommendation="Reconnect.",
        created_at=clock.now(),
    )
    Bucket.objects.create(
        scope=f"tenant:{tenant.pk}:meta",
        budget="write",
        platform="meta",
        per="tenant",
        refilled_at=clock.now(),
    )
    return tenant


def test_each_pages_by_key_or_says_why_it_stays_small() -> None:
    others = {label for label, (_, one) in LISTS.items() if not isinstance(one, ListAdmin)}

    assert others == set(SMALL)


def test_each_row_is_what_the_toolkit_would_have_written(olga: Client, acme: Tenant) -> None:
    seen = set()

    for label, (model, one) in LISTS.items():
        if isinstance(one, ListAdmin):
            changes = shown(olga, model)
            theirs = ["".join(items_for_result(changes, row, None)) for row in changes.result_list]
            assert list(changes.lines) == theirs, label
            seen |= {label} if theirs else set()

    assert seen >= {"jobs.job", "jobs.deadletter", "jobs.lane", "jobs.hold", "tenants.user", "events.event"}
    assert seen >= {"insights.healthresult", "insights.advisorinsight"}
    assert seen >= {"connections.connection", "notifications.channel", "tenants.membership", "jobs.bucket"}


def shown(olga: Client, model: type[Model]) -> KeysetChangeList:
    """Open a list."""
    answer = olga.get(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"))
    changes: KeysetChangeList = answer.context["cl"]
    assert isinstance(changes.paginator, KeysetPaginator)
    return changes


def test_a_list_without_uuids_is_turned_too(olga: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.events.listing.ListAdmin.list_per_page", 2)
    at = clock.now()
    made = [Refusal.objects.create(hour=at, receiver=f"r{n}", why="x", last_at=at).pk for n in range(5)]
    page, seen = reverse("admin:webhooks_refusal_changelist"), []

    for _ in range(3):
        changes = olga.get(page).context["cl"]
        seen += [row.pk for row in changes.result_list]
        page = f"{reverse('admin:webhooks_refusal_changelist')}{changes.next_page}"

    assert seen == made[::-1]


def test_our_own_pages_are_turned_by_key(olga: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (flags, inbox, incidents, operations):
        monkeypatch.setattr(module, "PAGE", 2)
    monkeypatch.delattr(Paginator, "page")  # none of them asks it
    at = clock.now()
    for number in range(5):
        make_tenant(name=f"Acme {number}", admin=f"alice{number}@acme.test")
        Unclassified.objects.create(
            platform="meta", fingerprint=f"{number}", status=400, count=7, first_seen=at, last_seen=at
        )
        Incident(
            platform="meta",
            family=Family.AVAILABILITY,
            first_seen=at,
            opened_at=at,
            stage_at=at,
            state="closed",
            closed_at=at,
            closed_by="system:incident",
            end="over",
        ).save()

    walked = {path: walk(olga, f"/admin/{path}") for path in ("flags/?q=acme", "errors/inbox/", "incidents/")}

    assert walked == {path: ([2, 2, 1], 5) for path in walked}


def walk(olga: Client, first: str) -> tuple[list[int], int]:
    """Turn every page; return how many rows each had, and how many different ones there were."""
    lengths, seen, url = [], set(), first
    while url:
        page = olga.get(url).context["page"]
        lengths.append(len(page.rows))
        seen |= {row.pk for row in page.rows}
        url = page.further and first.partition("?")[0] + page.further
    return lengths, len(seen)


def test_the_sidebar_leads_everywhere_and_says_where_one_is(olga: Client) -> None:
    page = olga.get("/admin/jobs/job/").content.decode()

    links = [
        str(item["link"]) for group in settings.UNFOLD["SIDEBAR"]["navigation"] for item in group["items"]
    ]
    sidebar = page.partition('id="nav-sidebar-apps"')[2].partition("</nav>")[0]
    assert re.findall(r'<li><a href="([^"]+)"', sidebar) == links
    assert re.findall(r'<a href="([^"]+)" aria-current="page"', sidebar) == ["/admin/jobs/job/"]
