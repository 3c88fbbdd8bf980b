"""Connections in the console: the stopped ones first, with their reason in words."""

from typing import Any

from django.contrib import admin
from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.http import HttpRequest
from django.shortcuts import redirect
from unfold.admin import ModelAdmin
from unfold.decorators import display

from apps.connections.choices import STOPPED
from apps.connections.models import Connection
from apps.errors.codes import ErrorCode
from apps.errors.taxonomy import get_user_message


@admin.register(Connection)
class ConnectionAdmin(ModelAdmin):
    """Read-only rows; what changes them are actions."""

    list_display = ("name", "platform", "shown_status", "reason", "paused_at", "tenant")
    list_filter = ("status", "platform")
    search_fields = ("name", "external_id")
    list_select_related = ("tenant",)
    list_per_page = 50
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Connection]:
        first = Case(
            When(status__in=sorted(STOPPED), then=Value(0)), default=Value(1), output_field=IntegerField()
        )
        return Connection.objects.across_tenants().annotate(calm=first).order_by("calm", "paused_at", "name")

    @display(
        description="Status",
        label={"active": "success", "attention": "danger", "revoked": "danger", "paused": "warning"},
    )
    def shown_status(self, connection: Connection) -> tuple[str, str]:
        return connection.status, connection.get_status_display()

    @display(description="Why")
    def reason(self, connection: Connection) -> str:
        if not connection.pause_reason:
            return connection.pause_detail
        return get_user_message(ErrorCode(connection.pause_reason), connection.platform)

    def change_view(self, request: HttpRequest, object_id: str, *_args: Any, **_more: Any) -> Any:
        """Its page shows what holds it, and the buttons."""
        return redirect("admin:connection", object_id)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
