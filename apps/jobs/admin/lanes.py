"""Lanes and holds in the console."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.decorators import display

from apps.core import clock
from apps.events.listing import ReadOnlyAdmin, actor, asks, moment, name, two_lines
from apps.jobs.actions.hold import release
from apps.jobs.admin.filters import PlatformFilter
from apps.jobs.admin.words import ends_when
from apps.jobs.explain import Explanation, explain_lane
from apps.jobs.kinds import HoldReason
from apps.jobs.models import Hold, Lane


@admin.register(Lane)
class LaneAdmin(ReadOnlyAdmin):
    """What each connection's lane does, or why it stands still."""

    list_display = ("key", "shown_held", "why", "next_at", "served", "whose")
    list_filter = ("held", PlatformFilter)
    filter_words = {"held__exact": {"1": "Held", "0": "Not held"}}
    search_fields = ("key",)
    list_select_related = ("tenant",)
    export_fields = ("id", "key", "platform", "tenant__name", "held", "ready_at", "served_at", "waits_for")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Lane]:
        return Lane.objects.across_tenants()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Lane], search_term: str
    ) -> tuple[QuerySet[Lane], bool]:
        """Find a lane by its key, or by the id in it."""
        said = search_term.strip()
        if not said:
            return queryset, False
        kinds = ("connection", "grant", "endpoint", "channel")
        return queryset.filter(key__in=[said, *(f"{kind}:{said}" for kind in kinds)]), False

    def read_around(self, rows: list[Lane]) -> None:
        """Read the clock and the open holds of these lanes once."""
        at = clock.now()
        scopes = {scope for lane in rows for scope in lane.scopes}
        holds = list(Hold.objects.filter(closed_at=None, scope__in=scopes))
        for lane in rows:
            lane.explained = explain_lane(lane, holds, at=at)  # type: ignore[attr-defined]

    @display(description="State", label={"held": "warning", "free": "success"})
    def shown_held(self, lane: Lane) -> tuple[str, str]:
        found: Explanation = lane.explained  # type: ignore[attr-defined]
        return ("held", "Held") if found.blocked_by.startswith("hold:") else ("free", "Free")

    @display(description="Why")
    def why(self, lane: Lane) -> str:
        found: Explanation = lane.explained  # type: ignore[attr-defined]
        return found.sentence

    @display(description="Goes on")
    def next_at(self, lane: Lane) -> str:
        found: Explanation = lane.explained  # type: ignore[attr-defined]
        if found.who:
            return ends_when(found.who)
        return f"{found.next_at:%-d %b %H:%M:%S}" if found.next_at else "-"

    @display(description="Served last (UTC)")
    def served(self, lane: Lane) -> SafeString | str:
        return moment(lane.served_at) or "never"

    @display(description="Tenant")
    def whose(self, lane: Lane) -> SafeString:
        return name(lane.tenant.name if lane.tenant else "Reknit itself")


@admin.register(Hold)
class HoldAdmin(ReadOnlyAdmin):
    """Why lanes stand still; what operations hold, operations release."""

    list_display = ("shown_sentence", "scope", "ends", "opened", "closed")
    list_filter = (("closed_at", admin.EmptyFieldListFilter),)
    filter_words = {"closed_at__isempty": {"1": "Open", "0": "Closed"}}
    search_fields = ("=scope",)
    actions = ("release_selected",)
    export_fields = ("id", "scope", "reason", "sentence", "who", "since", "until", "closed_at", "closed_by")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Hold]:
        return Hold.objects.order_by("-id")

    @display(description="Why")
    def shown_sentence(self, hold: Hold) -> SafeString:
        return two_lines(hold.sentence, hold.reason)

    @display(description="Ends")
    def ends(self, hold: Hold) -> str:
        if hold.until:
            return f"{hold.until:%-d %b %H:%M:%S}"
        return ends_when(hold.who) if hold.who else "by its own cause"

    @display(description="Since (UTC)")
    def opened(self, hold: Hold) -> SafeString | str:
        return moment(hold.since)

    @display(description="Closed (UTC)")
    def closed(self, hold: Hold) -> SafeString | str:
        return moment(hold.closed_at) or "open"

    @admin.action(description="Release (holds of operations only)", permissions=["release"])
    @asks("What these hold back goes on at once. Holds with another cause are left alone.")
    def release_selected(self, request: HttpRequest, queryset: QuerySet[Hold]) -> None:
        mine = queryset.filter(reason=HoldReason.OPS, closed_at=None)
        done = sum(
            release(scope=one.scope, reason=one.reason, actor=actor(request), at=clock.now()) for one in mine
        )
        messages.success(request, f"{done} released; the others are closed by their own cause.")

    def has_release_permission(self, request: HttpRequest, *_args: Any) -> bool:
        return request.user.has_perm("jobs.change_hold")
