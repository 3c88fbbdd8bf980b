"""What was found out about connections in between, and what tenants were told of their weeks: to be read only."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from unfold.decorators import display

from apps.connections.choices import Warned
from apps.connections.models import Connection
from apps.errors.messages import PLATFORM_NAMES
from apps.events.listing import ReadOnlyAdmin, moment, name, two_lines
from apps.insights.models import AdvisorInsight, HealthResult


@admin.register(HealthResult)
class HealthResultAdmin(ReadOnlyAdmin):
    """Each check of each connection; the list of one connection begins on its page."""

    list_display = ("account", "shown_status", "found", "took", "checked", "whose")
    list_filter = ("status", "platform", "ours")
    filter_words = {"ours__exact": {"1": "Nothing outside could be reached", "0": "The partner was reached"}}
    search_fields = ("=connection",)
    list_select_related = ("tenant",)
    empty_words = (
        "Connections are asked every few hours whether they work; each answer is kept here for a month."
    )
    export_fields = (
        "id",
        "connection",
        "platform",
        "tenant__name",
        "status",
        "code",
        "warnings",
        "latency_ms",
        "at",
        "ours",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[HealthResult]:
        return HealthResult.objects.across_tenants().order_by("-id")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[HealthResult], search_term: str
    ) -> tuple[QuerySet[HealthResult], bool]:
        """Find the checks of a connection by its id: Django would cast every id to text."""
        if not search_term.strip():
            return queryset, False
        try:
            return queryset.filter(connection=UUID(search_term.strip())), False
        except ValueError:
            return queryset.none(), False

    def read_around(self, rows: list[HealthResult]) -> None:
        """Name the accounts of all of them at once."""
        wanted = {row.connection for row in rows}
        names = dict(Connection.objects.across_tenants().filter(pk__in=wanted).values_list("pk", "name"))
        for row in rows:
            row.account_name = names.get(row.connection, "An account that is gone")  # type: ignore[attr-defined]

    @display(description="Account")
    def account(self, row: HealthResult) -> SafeString:
        return name(row.account_name, PLATFORM_NAMES[row.platform])  # type: ignore[attr-defined]

    @display(
        description="It",
        label={"healthy": "success", "warning": "warning", "critical": "danger", "unknown": "plain"},
    )
    def shown_status(self, row: HealthResult) -> tuple[str, str]:
        return row.status, row.get_status_display()

    @display(description="Why")
    def found(self, row: HealthResult) -> SafeString | str:
        if row.ours:
            return two_lines("Nothing outside could be reached", "No partner's fault")
        warned = [str(Warned(one).label) for one in row.warnings if one in set(Warned)]
        return ". ".join(filter(None, (row.code, *warned)))

    @display(description="Took")
    def took(self, row: HealthResult) -> str:
        return "-" if row.latency_ms is None else f"{row.latency_ms:,} ms"

    @display(description="Checked (UTC)")
    def checked(self, row: HealthResult) -> SafeString | str:
        return moment(row.at)

    @display(description="Tenant")
    def whose(self, row: HealthResult) -> SafeString:
        return name(row.tenant.name)

    def change_view(self, request: HttpRequest, object_id: str, *_args: Any, **_more: Any) -> Any:
        """What is to be done about it stands on its connection's page."""
        row = HealthResult.objects.across_tenants().filter(pk=object_id).first()
        here = "admin:insights_healthresult_changelist"
        return redirect("admin:connection", row.connection) if row else redirect(here)


@admin.register(AdvisorInsight)
class AdvisorInsightAdmin(ReadOnlyAdmin):
    """Each tenant's weeks: the numbers, and what we advised."""

    list_display = ("whose", "week_starting", "said", "written")
    search_fields = ("tenant__name",)
    list_select_related = ("tenant",)
    fields = ("tenant", "week_starting", "recommendation", "data", "created_at")
    export_fields = ("id", "tenant__name", "week_starting", "recommendation", "created_at")
    empty_words = (
        "On Monday each tenant's week is summed up: what went out, what stood still, and what we advise."
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[AdvisorInsight]:
        return AdvisorInsight.objects.across_tenants().order_by("-id")

    @display(description="Tenant")
    def whose(self, row: AdvisorInsight) -> SafeString:
        return name(row.tenant.name)

    @display(description="Advice")
    def said(self, row: AdvisorInsight) -> str:
        return Truncator(" ".join(row.advice)).chars(140)

    @display(description="Written (UTC)")
    def written(self, row: AdvisorInsight) -> SafeString | str:
        return moment(row.created_at)
