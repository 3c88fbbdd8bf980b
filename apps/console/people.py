"""Tenants and people in the console; what an operator changes is written down with what was before."""

from typing import Any, ClassVar
from uuid import UUID
from zoneinfo import available_timezones

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Model, Q, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from unfold.decorators import display

from apps.connections.choices import STOPPED, ConnectionStatus
from apps.connections.models import Connection
from apps.console import staff, two_factor
from apps.console.page import actor
from apps.core import clock
from apps.events import log
from apps.events.listing import AuditedAdmin, asks, moment, name
from apps.tenants import viewing
from apps.tenants.house import HOUSE
from apps.tenants.models import Membership, Tenant, User
from apps.tenants.viewing import PERMISSION


def keep_secrets() -> None:
    """Take away the lists that the second factor's package brings: they show what only a phone may know."""
    admin.site.unregister((TOTPDevice, StaticDevice))


class TenantForm(forms.ModelForm):  # type: ignore[type-arg]  # subscripts are for type checkers only
    """A customer; every time on its pages and in its mails goes by its clock, so that clock must exist."""

    def clean_time_zone(self) -> str:
        """Return the time zone, if there is one of this name."""
        said = str(self.cleaned_data["time_zone"])
        if said not in available_timezones():
            raise forms.ValidationError("There is no such time zone. Write it like Europe/Berlin, or UTC.")
        return said


@admin.register(Tenant)
class TenantAdmin(AuditedAdmin):
    """Customers, how their connections do, and their thresholds."""

    noun = "tenant"
    form = TenantForm
    list_display = ("shown_name", "works", "stopped", "people", "time_zone")
    export_fields = ("id", "name", "slug", "time_zone", "locale")
    fields = ("name", "slug", "time_zone", "locale", "publish_within", "ask_within")
    search_fields = ("name", "slug")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tenant]:
        return Tenant.objects.exclude(pk=HOUSE)

    def read_around(self, rows: list[Any]) -> None:
        """Count the connections and people of all rows at once."""
        keys = [one.pk for one in rows]
        mine = Connection.objects.across_tenants().filter(tenant__in=keys)
        counts = mine.values_list("tenant").annotate(
            works=Count("pk", filter=Q(status=ConnectionStatus.ACTIVE)),
            stopped=Count("pk", filter=Q(status__in=sorted(STOPPED))),
        )
        found = {tenant: (works, stopped) for tenant, works, stopped in counts.order_by()}
        members = Membership.objects.across_tenants().filter(tenant__in=keys).values_list("tenant")
        people = dict(members.annotate(count=Count("pk")).order_by())
        for one in rows:
            one.works, one.stopped = found.get(one.pk, (0, 0))
            one.people = people.get(one.pk, 0)

    @display(description="Tenant")
    def shown_name(self, tenant: Tenant) -> SafeString:
        return name(tenant.name, tenant.slug)

    @display(description="Connections that work")
    def works(self, tenant: Any) -> int:
        return int(tenant.works)

    @display(description="Stopped")
    def stopped(self, tenant: Any) -> SafeString | str:
        if not tenant.stopped:
            return "0"
        url = f"{reverse('admin:connections_connection_changelist')}?tenant={tenant.pk}&status__in=attention,paused,revoked"
        return format_html('<a href="{}">{}</a>', url, tenant.stopped)

    @display(description="People")
    def people(self, tenant: Any) -> SafeString:
        url = f"{reverse('admin:tenants_membership_changelist')}?tenant={tenant.pk}"
        return format_html('<a href="{}">{}</a>', url, tenant.people)

    def tenant_of(self, obj: Any) -> UUID | None:
        return UUID(str(obj.pk))

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Erasing a customer is no button in a list."""
        return False


@admin.register(User)
class UserAdmin(AuditedAdmin):
    """People; passwords are set by themselves."""

    noun = "user"
    private: ClassVar[frozenset[str]] = frozenset({"email", "name"})
    list_display = ("shown_name", "is_staff", "is_active", "joined")
    list_filter = ("is_staff", "is_active", "groups")
    filter_words = {
        "is_staff__exact": {"1": "Staff", "0": "Not staff"},
        "is_active__exact": {"1": "Active", "0": "Switched off"},
    }
    search_fields = ("email", "name")
    fields = ("email", "name", "is_active", "is_staff", "is_superuser", "groups")
    actions = ("forget_second_factor",)
    filter_horizontal = ("groups",)
    export_fields = ("id", "email", "name", "is_staff", "is_active", "joined_at")

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """A filter says yes or no, and asked often enough it would spell out the hash of a password."""
        return not lookup.startswith("password") and super().lookup_allowed(lookup, value, request)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Nobody makes somebody mightier than they are themselves."""
        groups = () if request.user.has_perm("auth.change_group") else ("groups",)
        return groups if request.user.is_superuser else ("is_superuser", *groups)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who sets somebody's address can ask for their password: nobody does that to somebody mightier."""
        return super().has_change_permission(request, obj) and (
            obj is None or staff.is_as_mighty(request.user, obj)
        )

    @admin.action(description="Forget the second factor", permissions=["change"])
    @asks("At their next sign-in these people set up another phone. Be sure that it is they who ask.")
    def forget_second_factor(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        if not all(self.has_change_permission(request, user) for user in queryset):
            raise PermissionDenied
        for user in queryset:
            two_factor.forget(user, actor=f"staff:{request.user.pk}")
        messages.success(request, "Forgotten. They are asked to set up another one.")

    @display(description="Person")
    def shown_name(self, user: User) -> SafeString:
        return name(user.email, user.name)

    @display(description="Since (UTC)")
    def joined(self, user: User) -> SafeString | str:
        return moment(user.joined_at)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """What they did stays theirs: switch the account off instead."""
        return False


@admin.register(Membership)
class MembershipAdmin(AuditedAdmin):
    """Who belongs where."""

    noun = "membership"
    list_display = ("who", "whose", "role")
    list_filter = ("role",)
    list_select_related = ("user", "tenant")
    autocomplete_fields = ("user", "tenant")
    search_fields = ("user__email", "tenant__name")
    export_fields = ("id", "user__email", "tenant__name", "role")
    actions = ("see_as",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return Membership.objects.across_tenants()

    def has_see_as_permission(self, request: HttpRequest) -> bool:
        """Admins of the installation."""
        return request.user.has_perm(PERMISSION)

    @admin.action(description="See the pages as this person", permissions=["see_as"])
    @asks("For half an hour you see what this person sees, and change nothing. It is written down.")
    def see_as(self, request: HttpRequest, queryset: QuerySet[Membership]) -> HttpResponseBase | None:
        found = list(queryset.select_related("tenant")[:2])
        if len(found) != 1:
            messages.warning(request, "Tick one person: you have one pair of eyes.")
            return None
        with transaction.atomic():
            self._begin(request, found[0])
        return redirect("connections", slug=found[0].tenant.slug)

    def _begin(self, request: HttpRequest, member: Membership) -> None:
        at = clock.now()
        until = viewing.begin(request.session, member, at=at)
        log.record(
            "staff.view_began",
            tenant=member.tenant_id,
            subject=f"user:{member.user_id}",
            actor=actor(request),
            at=at,
            data={"until": until.isoformat()},
        )

    @display(description="Person")
    def who(self, membership: Membership) -> str:
        return membership.user.email

    @display(description="Tenant")
    def whose(self, membership: Membership) -> SafeString:
        return name(membership.tenant.name)

    def tenant_of(self, obj: Any) -> UUID | None:
        return UUID(str(obj.tenant_id))
