"""Every page, list and button of the console, by role. A new one that nobody thought of fails here."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from apps.connections.lanes import lane_of
from apps.connections.models import Connection
from apps.console.staff import ACTS
from apps.core import clock
from apps.drills.models import DrillRun
from apps.errors.models import Unclassified
from apps.events.listing import AuditedAdmin, ReadOnlyAdmin
from apps.events.models import Event
from apps.recovery import filters
from apps.recovery.actions import operate
from apps.recovery.choices import Family
from apps.recovery.models import Incident
from apps.tenants.models import Tenant, User
from tests.browsers import signed_in
from tests.make import make_connection, make_letter, make_publish, make_tenant
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db

# Django's and the toolkit's own: open to all staff, and none shows a row of ours.
GENERIC = {
    "index",
    "login",
    "logout",
    "password_change",
    "password_change_done",
    "autocomplete",
    "jsi18n",
    "view_on_site",
    "app_list",
    "search",
    "toggle_sidebar",
    "two_factor",  # before it nobody is in; it has tests of its own
}
# What may be done to the rows of each list, by role. Equal, not "at least": an action that nobody named here fails.
OPERATOR_ACTIONS = {
    "connections.connection": {"resume_selected"},
    "jobs.deadletter": {"replay_selected", "resolve_selected"},
    "jobs.hold": {"release_selected"},
    "jobs.job": {"it_is_there", "send_again", "publish_late", "skip_late", "release_selected"},
    "webhooks.delivery": {"redeliver_selected"},
    "webhooks.endpoint": {"test_selected", "pause_selected", "resume_selected", "redeliver_selected"},
    "webhooks.intake": {"replay_selected"},
}
ADMIN_ACTIONS = {
    **OPERATOR_ACTIONS,
    "notifications.channel": {"send_test", "switch_on", "switch_off", "remove_selected"},
    "tenants.membership": {"delete_selected", "see_as"},
    "tenants.user": {"forget_second_factor"},
    "jobs.changedlimit": {"delete_selected"},
    "jobs.changedretry": {"delete_selected"},
}
OTHERS = {
    "axes",
    "django_celery_beat",
    "auth",
}  # apps of others: their lists, not their actions, are ours to guard


def own_pages(resolver: URLResolver) -> Iterator[URLPattern]:
    """Walk the console's table of contents; the lists of models have a test of their own below."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern) and pattern.name:
            yield pattern


def console() -> URLResolver:
    """Return the console's part of the table of contents."""
    return next(
        one for one in get_resolver().url_patterns if isinstance(one, URLResolver) and one.app_name == "admin"
    )


PAGES = {str(one.name): one for one in own_pages(console()) if one.name not in GENERIC}
MODELS = {model._meta.label_lower: one for model, one in admin.site._registry.items()}


def permission_of(name: str) -> str:
    """Return what a page says that it needs."""
    return str(getattr(PAGES[name].callback, "permission", ""))


@pytest.fixture
def cafe(simulator: Simulator) -> Connection:
    """Acme's page."""
    return make_connection(make_tenant()[0], simulator.account("meta", "page"), name="Harbour Cafe")


def member(group: str) -> User:
    """A member of the operations staff; without a group they may nothing."""
    user = User.objects.create_user(f"{group or 'nobody'}@reknit.test", is_staff=True)
    if group:
        user.groups.add(Group.objects.get(name=group))
    return user


def staff(group: str) -> Client:
    """Their browser."""
    return signed_in(member(group).email)


def letter(cafe: Connection) -> UUID:
    """Put a dead letter into Acme's lane."""
    return make_letter(cafe.tenant, lane=lane_of(cafe), kind="delete").pk


def incident(_cafe: Connection) -> UUID:
    """Open an incident."""
    at = clock.now()
    row = Incident(platform="meta", family=Family.AVAILABILITY, first_seen=at, opened_at=at, stage_at=at)
    row.save()
    return row.pk


def operation(cafe: Connection) -> UUID:
    """Begin to replay Acme's dead letter."""
    asked = filters.check("replay", {"ids": [str(letter(cafe))]}, {})
    return operate.start(asked, tenant=None, actor="staff:olga", at=clock.now())[0].pk


def unknown(_cafe: Connection) -> int:
    """Let a partner say something that nobody knows."""
    at = clock.now()
    seen = {"count": 1, "first_seen": at, "last_seen": at}
    said = {"platform": "meta", "status": 400, "fingerprint": "f", "body": "?", "message": "?"}
    return Unclassified.objects.create(**said, **seen).pk


def drill(cafe: Connection) -> UUID:
    """Let one have been asked for on Acme's page."""
    at = clock.now()
    row = {"name": "expire_token", "connections": [cafe.pk], "duration": timedelta(minutes=1), "rate": 1}
    more = {"cap": 1, "actor": "staff:olga", "asked_at": at, "until": at}
    return DrillRun.objects.create(tenant=cafe.tenant, **row, **more).pk


# How a page with parameters gets something of Acme's; one that is not listed here fails the test.
PARAMETERS: dict[str, Any] = {
    "connection": lambda cafe: {"pk": cafe.pk},
    "drill": lambda cafe: {"pk": drill(cafe)},
    "job": lambda cafe: {"pk": make_publish(cafe).pk},
    "letter": lambda cafe: {"pk": letter(cafe)},
    "letter_edit": lambda cafe: {"pk": letter(cafe)},
    "runbook": lambda _cafe: {"name": "unknown"},
    "runbook_of": lambda _cafe: {"code": "UNKNOWN"},
    "recovery_incident": lambda cafe: {"pk": incident(cafe)},
    "errors_answer": lambda cafe: {"pk": unknown(cafe)},
    "errors_take_back": lambda _cafe: {"pk": uuid4()},
    "operation": lambda cafe: {"pk": operation(cafe)},
    "operation_progress": lambda cafe: {"pk": operation(cafe)},
    "operation_steer": lambda cafe: {"pk": operation(cafe), "verb": "abort"},
}


def address(name: str, cafe: Connection) -> str:
    """Return a page, of Acme's things where it is about one."""
    make = PARAMETERS.get(name, lambda _cafe: {})
    query = "?kind=replay" if name == "operation_plan" else ""
    return reverse(f"admin:{name}", kwargs=make(cafe)) + query


class TestPages:
    @pytest.mark.parametrize("name", PAGES)
    def test_each_says_which_permission_it_needs(self, name: str) -> None:
        app, _, codename = permission_of(name).partition(".")

        assert app, f"{name} lets in everybody on the staff"
        assert codename.startswith("view_") or f"{app}.{codename}" in ACTS or app == "tenants"

    @pytest.mark.parametrize("name", PAGES)
    def test_opens_for_those_who_have_it_and_for_nobody_else(
        self, name: str, cafe: Connection, settings: Any, tmp_path: Any
    ) -> None:
        settings.EMAIL_FOLDER = str(tmp_path)
        url, looks = address(name, cafe), ".view_" in permission_of(name)

        statuses = {who: staff(who).get(url).status_code for who in ("", "viewer", "operator")}
        strangers = [Client().get(url).status_code, signed_in("alice@acme.test").get(url).status_code]

        assert (strangers, statuses[""]) == ([302, 302], 403)
        assert (statuses["viewer"] != 403, statuses["operator"] != 403) == (looks, True)
        assert all(status < 500 for status in statuses.values())

    @pytest.mark.parametrize("name", PAGES)
    def test_a_viewer_changes_nothing_by_pressing_anything(self, name: str, cafe: Connection) -> None:
        url, vera = address(name, cafe), staff("viewer")
        before = Event.objects.count()

        for pressed in (
            {},
            {"confirm": "yes", "action": "disconnect"},
            {"confirm": "yes", "action": "cancel"},
            {"confirm": "yes", "action": "release"},
            {"said": "skip", "job": str(uuid4())},
            {"connection": str(cafe.pk)},
        ):
            vera.post(url, pressed)

        assert Event.objects.count() == before
        assert Connection.objects.across_tenants().get().status == "active"


class TestLists:
    @pytest.mark.parametrize("label", MODELS)
    def test_is_seen_by_viewers_and_not_by_those_without_a_group(self, label: str) -> None:
        url = reverse(f"admin:{label.replace('.', '_')}_changelist")

        assert [staff(who).get(url).status_code for who in ("", "viewer", "operator")] == [403, 200, 200]

    @pytest.mark.parametrize("label", MODELS)
    @pytest.mark.parametrize("who", ["viewer", "operator"])
    def test_is_added_to_and_edited_by_neither_of_them(self, who: str, label: str) -> None:
        asked = HttpRequest()
        asked.user = member(who)
        model_admin = MODELS[label]

        may = [
            model_admin.has_add_permission(asked),
            model_admin.has_change_permission(asked),
            model_admin.has_delete_permission(asked),
        ]

        assert may == [False, False, False]

    @pytest.mark.parametrize(
        ("who", "expected"), [("viewer", {}), ("operator", OPERATOR_ACTIONS), ("admin", ADMIN_ACTIONS)]
    )
    def test_offers_each_role_its_actions_and_no_others(
        self, who: str, expected: dict[str, set[str]], rf: Any
    ) -> None:
        asked = rf.get("/admin/")
        asked.user = member(who)

        offered = {
            label: set(model_admin.get_actions(asked))
            for label, model_admin in MODELS.items()
            if label.partition(".")[0] not in OTHERS and model_admin.get_actions(asked)
        }

        assert offered == expected

    def test_is_read_only_or_writes_down_what_is_changed(self) -> None:
        ours = {label: one for label, one in MODELS.items() if label.partition(".")[0] not in OTHERS}
        # These two save through actions that record before and after.
        recorded = {"jobs.changedlimit", "jobs.changedretry", "jobs.bucket", "notifications.channel"}

        assert {
            label for label, one in ours.items() if not isinstance(one, ReadOnlyAdmin | AuditedAdmin)
        } == recorded


class TestChanges:
    @pytest.fixture
    def ada(self, db: None) -> Client:
        """An admin of the installation."""
        return staff("admin")

    def test_of_a_tenant_are_kept_with_what_was_before(self, ada: Client) -> None:
        tenant, _ = make_tenant()
        form = {
            "name": "Acme",
            "slug": "acme",
            "time_zone": "Europe/Lisbon",
            "locale": "en",
            "publish_within": "01:00:00",
            "ask_within": "24:00:00",
        }

        answer = ada.post(f"/admin/tenants/tenant/{tenant.pk}/change/", form)

        event = Event.objects.get(verb="tenant.changed")
        assert (answer.status_code, event.subject) == (302, f"tenant:{tenant.pk}")
        assert event.data["changes"]["time_zone"] == {"before": "UTC", "after": "Europe/Lisbon"}
        assert event.actor == f"staff:{User.objects.get(email='admin@reknit.test').pk}"

    def test_to_a_clock_that_does_not_exist_are_refused_in_words(self, ada: Client) -> None:
        tenant, _ = make_tenant()
        form = {"name": "Acme", "slug": "acme", "time_zone": "Europe/Berln", "locale": "en"}

        answer = ada.post(f"/admin/tenants/tenant/{tenant.pk}/change/", form)

        assert "There is no such time zone." in answer.content.decode()
        assert Tenant.objects.get(pk=tenant.pk).time_zone == "UTC"

    def test_of_a_person_say_what_changed_without_their_name(self, ada: Client) -> None:
        bob = User.objects.create_user("bob@acme.test", name="Bob")
        group = Group.objects.get(name="viewer").pk

        ada.post(
            f"/admin/tenants/user/{bob.pk}/change/",
            {
                "email": "bob@acme.test",
                "name": "Robert",
                "is_active": "on",
                "is_staff": "on",
                "groups": [group],
            },
        )

        changes = Event.objects.get(verb="user.changed").data["changes"]
        assert (changes["name"], changes["is_staff"]) == ({}, {"before": False, "after": True})
        assert changes["groups"] == {"before": [], "after": ["viewer"]}

    def test_nobody_makes_somebody_mightier_than_themselves(self, ada: Client) -> None:
        bob = User.objects.create_user("bob@acme.test", name="Bob")

        ada.post(
            f"/admin/tenants/user/{bob.pk}/change/",
            {"email": "bob@acme.test", "name": "Bob", "is_active": "on", "is_superuser": "on"},
        )

        bob.refresh_from_db()
        assert not bob.is_superuser

    @pytest.mark.parametrize("path", ["tenants/tenant", "tenants/user"])
    def test_no_customer_and_no_person_is_deleted_from_a_list(self, path: str, ada: Client) -> None:
        row = make_tenant()[0] if path.endswith("tenant") else User.objects.create_user("bob@acme.test")

        assert ada.post(f"/admin/{path}/{row.pk}/delete/", {"post": "yes"}).status_code == 403
        assert type(row).objects.filter(pk=row.pk).exists()
