"""Endpoints and deliveries in the console: looked at here, tried, paused, resumed, and delivered again."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import display

from apps.core import clock
from apps.core.problems import Problem
from apps.events.listing import ReadOnlyAdmin, actor, moment, two_lines
from apps.recovery.choices import OperationKind
from apps.webhooks.models import Delivery, Endpoint
from apps.webhooks.outbound import queries
from apps.webhooks.outbound.actions.deliver import send_test
from apps.webhooks.outbound.actions.pause import pause
from apps.webhooks.outbound.actions.resume import resume
from apps.webhooks.outbound.choices import PausedFor

_TRIES = (
    '<table class="plain"><thead><tr><th>#</th><th>Began</th><th>Outcome</th><th>Status</th><th>Code</th>'
    "<th>Milliseconds</th><th>What it answered</th></tr></thead><tbody>{}</tbody></table>"
)


class _OperableAdmin(ReadOnlyAdmin):
    """Rows with buttons, each for who may operate endpoints."""

    def has_operate_permission(self, request: HttpRequest, *_args: Any) -> bool:
        return request.user.has_perm("webhooks.operate_endpoint")

    def has_redeliver_permission(self, request: HttpRequest, *_args: Any) -> bool:
        return request.user.has_perm("recovery.add_operation")


@admin.register(Endpoint)
class EndpointAdmin(_OperableAdmin):
    """Where tenants want to be told, and whether it works."""

    list_display = ("url", "tenant", "shown_state", "shown_types", "fails", "made")
    list_filter = ("state", "paused_for", ("removed_at", admin.EmptyFieldListFilter))
    search_fields = ("url", "=id", "tenant__name")
    list_select_related = ("tenant",)
    actions = ("test_selected", "pause_selected", "resume_selected", "redeliver_selected")
    fields = (
        "url",
        "tenant",
        "description",
        "event_types",
        "state",
        "paused_for",
        "paused_at",
        "failing_since",
        "backlog",
        "previous_until",
        "sequence",
        "created_at",
        "removed_at",
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Endpoint]:
        return Endpoint.objects.across_tenants().order_by("-id")

    @display(description="State", label={"active": "success", "paused": "warning", "removed": "danger"})
    def shown_state(self, endpoint: Endpoint) -> tuple[str, str]:
        if endpoint.removed_at:
            return "removed", "Removed"
        return endpoint.state, endpoint.get_paused_for_display() or endpoint.get_state_display()

    @display(description="Hears of")
    def shown_types(self, endpoint: Endpoint) -> str:
        return ", ".join(endpoint.event_types)

    @display(description="Fails since (UTC)")
    def fails(self, endpoint: Endpoint) -> SafeString | str:
        return moment(endpoint.failing_since) or "-"

    @display(description="Made (UTC)")
    def made(self, endpoint: Endpoint) -> SafeString | str:
        return moment(endpoint.created_at)

    @display(description="Not told")
    def backlog(self, endpoint: Endpoint) -> str:
        found = queries.backlog_of(endpoint)
        return f"{found.waiting} on their way, {found.failed} given up"

    @admin.action(description="Send a test", permissions=["operate"])
    def test_selected(self, request: HttpRequest, queryset: QuerySet[Endpoint]) -> None:
        def test(one: Endpoint) -> None:
            send_test(one.pk, tenant=one.tenant_id, actor=actor(request), at=clock.now())

        _each(request, queryset, test)

    @admin.action(description="Pause: what happens waits", permissions=["operate"])
    def pause_selected(self, request: HttpRequest, queryset: QuerySet[Endpoint]) -> None:
        def stop(one: Endpoint) -> None:
            pause(one.pk, why=PausedFor.BY_HAND, actor=actor(request), at=clock.now())

        _each(request, queryset, stop)

    @admin.action(description="Resume: what waits goes out", permissions=["operate"])
    def resume_selected(self, request: HttpRequest, queryset: QuerySet[Endpoint]) -> None:
        def go_on(one: Endpoint) -> None:
            resume(one.pk, actor=actor(request), at=clock.now())

        _each(request, queryset, go_on)

    @admin.action(description="Deliver again what was given up...", permissions=["redeliver"])
    def redeliver_selected(self, request: HttpRequest, queryset: QuerySet[Endpoint]) -> HttpResponseBase:
        return _plan("endpoints", queryset)


@admin.register(Delivery)
class DeliveryAdmin(_OperableAdmin):
    """What endpoints were told, each with its text and its tries."""

    list_display = ("told", "endpoint", "shown_state", "happened", "ended", "tenant")
    list_filter = ("state", "type")
    search_fields = ("=id", "=event", "=endpoint__id")
    list_select_related = ("tenant", "endpoint")
    actions = ("redeliver_selected",)
    fields = (
        "id",
        "type",
        "sequence",
        "endpoint",
        "tenant",
        "state",
        "event_at",
        "created_at",
        "ended_at",
        "why",
        "body",
        "tries",
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        return Delivery.objects.across_tenants().order_by("-id")

    @display(
        description="State",
        label={"delivered": "success", "failed": "danger", "waiting": "info", "dropped": "warning"},
    )
    def shown_state(self, delivery: Delivery) -> tuple[str, str]:
        return delivery.state, delivery.get_state_display()

    @display(description="What")
    def told(self, delivery: Delivery) -> SafeString:
        return two_lines(delivery.type, delivery.pk)

    @display(description="Happened (UTC)")
    def happened(self, delivery: Delivery) -> SafeString | str:
        return moment(delivery.event_at)

    @display(description="Ended (UTC)")
    def ended(self, delivery: Delivery) -> SafeString | str:
        return moment(delivery.ended_at) or "not yet"

    @display(description="Why")
    def why(self, delivery: Delivery) -> str:
        (followed,) = queries.follow([delivery], at=clock.now())
        return followed.explanation.sentence if followed.explanation else "Its job is past keeping."

    @display(description="Tries")
    def tries(self, delivery: Delivery) -> SafeString:
        (followed,) = queries.follow([delivery], at=clock.now())
        rows = (
            (
                one.number,
                one.started_at.strftime("%d %b, %H:%M:%S"),
                one.get_outcome_display() or "Open",
                one.http_status or "",
                one.error_code,
                "" if one.latency_ms is None else one.latency_ms,
                format_html("<pre>{}</pre>", one.evidence) if one.evidence else "",
            )
            for one in followed.attempts
        )
        return format_html(_TRIES, format_html_join("", f"<tr>{'<td>{}</td>' * 7}</tr>", rows))

    @admin.action(description="Deliver again...", permissions=["redeliver"])
    def redeliver_selected(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> HttpResponseBase:
        return _plan("ids", queryset)


def _plan(name: str, queryset: QuerySet[Any]) -> HttpResponseBase:
    """Go to the preview; nothing is done before it is confirmed."""
    chosen = ",".join(str(row.pk) for row in queryset)
    return redirect(
        f"{reverse('admin:operation_plan')}?{urlencode({'kind': OperationKind.REDELIVER, name: chosen})}"
    )


def _each(request: HttpRequest, queryset: QuerySet[Endpoint], act: Callable[[Endpoint], None]) -> None:
    done = 0
    for endpoint in queryset.filter(removed_at=None):
        try:
            act(endpoint)
            done += 1
        except Problem as problem:
            messages.warning(request, f"{endpoint}: {problem.title}.")
    messages.success(request, f"Done for {done}. Each is in the event log.")
