"""Connections in the console: every account with its status and reason in words."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.safestring import SafeString
from unfold.decorators import display

from apps.connections.models import Connection
from apps.errors.codes import ErrorCode
from apps.errors.messages import PLATFORM_NAMES
from apps.errors.taxonomy import get_user_message
from apps.events.listing import ReadOnlyAdmin, moment, name
from apps.jobs.admin.filters import CodeFilter


class ReasonFilter(CodeFilter):
    """By the code that stopped them."""

    title, parameter_name = "reason", "pause_reason"


@admin.register(Connection)
class ConnectionAdmin(ReadOnlyAdmin):
    """Read-only rows; what changes them are actions."""

    list_display = ("account", "shown_status", "reason", "since", "whose")
    list_filter = ("status", "platform", ReasonFilter)
    search_fields = ("name", "external_id")
    list_select_related = ("tenant",)
    export_fields = (
        "id",
        "name",
        "platform",
        "account_type",
        "external_id",
        "tenant__name",
        "status",
        "pause_reason",
        "paused_at",
        "paused_by",
        "last_health_check",
        "created_at",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Connection]:
        return Connection.objects.across_tenants()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Connection], search_term: str
    ) -> tuple[QuerySet[Connection], bool]:
        """Find by a part of the account's or the tenant's name, or by the partner's id."""
        said = search_term.strip()
        if not said:
            return queryset, False
        named = Q(name__icontains=said) | Q(tenant__name__icontains=said) | Q(external_id=said)
        return queryset.filter(named), False

    @display(description="Account")
    def account(self, connection: Connection) -> SafeString:
        partner = PLATFORM_NAMES.get(connection.account_type, PLATFORM_NAMES[connection.platform])
        return name(connection.name, partner)

    @display(
        description="Status",
        label={
            "active": "success",
            "attention": "danger",
            "revoked": "danger",
            "paused": "warning",
            "inactive": "plain",
        },
    )
    def shown_status(self, connection: Connection) -> tuple[str, str]:
        return connection.status, connection.get_status_display()

    @display(description="Why")
    def reason(self, connection: Connection) -> str:
        if not connection.pause_reason:
            return connection.pause_detail
        return get_user_message(ErrorCode(connection.pause_reason), connection.platform)

    @display(description="Since (UTC)")
    def since(self, connection: Connection) -> SafeString | str:
        return moment(connection.paused_at)

    @display(description="Tenant")
    def whose(self, connection: Connection) -> SafeString:
        return name(connection.tenant.name)

    def change_view(self, request: HttpRequest, object_id: str, *_args: Any, **_more: Any) -> Any:
        """Its page shows what holds it, and the buttons."""
        return redirect("admin:connection", object_id)
