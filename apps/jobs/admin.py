"""Jobs, dead letters, lanes and holds in the console."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from unfold.decorators import display

from apps.core import clock
from apps.errors.codes import ErrorCode
from apps.errors.messages import PLATFORM_NAMES
from apps.events.listing import ReadOnlyAdmin, ValueFilter, asks, moment, name, two_lines
from apps.jobs import (
    limits,
    limits_admin,  # noqa: F401 - importing registers
)
from apps.jobs.actions.answer import IT_IS_THERE, PUBLISH, SEND_AGAIN, SKIP, NotAsked, answer
from apps.jobs.actions.hold import release
from apps.jobs.explain import Explanation, explain_lane, explain_many
from apps.jobs.kinds import KINDS, HoldReason
from apps.jobs.models import DeadLetter, Hold, Job, Lane


def partner(platform: str) -> str:
    """Return what people call where a job leads."""
    return PLATFORM_NAMES.get(platform, platform.capitalize())


def ends_when(who: str) -> str:
    """Say who ends a hold, as the end of "it goes on"."""
    _, by_itself, _ = who.partition(", by itself")
    return "by itself" if by_itself else f"when {who} act"


class CodeFilter(ValueFilter):
    """By error code."""

    title, parameter_name = "error code", "error_code"

    def values(self) -> Iterable[tuple[str, str]]:
        """Return the codes."""
        return [(code.value, code.value) for code in ErrorCode]


class PlatformFilter(ValueFilter):
    """By partner."""

    title, parameter_name = "partner", "platform"

    def values(self) -> Iterable[tuple[str, str]]:
        """Return the partners that have limits: those are all."""
        return [(name, partner(name)) for name in limits.LIMITS.names()]


class KindFilter(ValueFilter):
    """By what the job does."""

    title, parameter_name = "kind", "kind"

    def values(self) -> Iterable[tuple[str, str]]:
        """Return the kinds that are plugged in."""
        return [(name, name.replace("_", " ").capitalize()) for name in KINDS.names()]


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    """Each job with the one sentence that says why it is where it is."""

    list_display = ("what", "shown_state", "why", "due", "whose")
    list_filter = ("state", "held_for", KindFilter, PlatformFilter, CodeFilter)
    search_fields = ("=id", "=connection")
    list_select_related = ("tenant",)
    actions = ("it_is_there", "send_again", "publish_late", "skip_late")
    export_fields = (
        "id",
        "kind",
        "state",
        "held_for",
        "platform",
        "tenant__name",
        "connection",
        "created_at",
        "due_at",
        "finished_at",
        "attempts",
        "remote_id",
        "permalink",
        "error_code",
        "error_rule",
        "error_message",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Job]:
        return Job.objects.across_tenants().order_by("-id")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Job], search_term: str
    ) -> tuple[QuerySet[Job], bool]:
        """Find a job by its own id or by its connection's: Django would cast every id to text."""
        if not search_term.strip():
            return queryset, False
        try:
            wanted = UUID(search_term.strip())
        except ValueError:
            return queryset.none(), False
        return queryset.filter(Q(pk=wanted) | Q(connection=wanted)), False

    def read_around(self, rows: list[Job]) -> None:
        """Explain all of them at once."""
        found = explain_many(rows, at=clock.now())
        for job in rows:
            job.explained = found[job.pk]  # type: ignore[attr-defined]

    @display(description="What")
    def what(self, job: Job) -> SafeString:
        return two_lines(job.kind.replace("_", " ").capitalize(), partner(job.platform))

    @display(
        description="State",
        label={
            "succeeded": "success",
            "dead": "danger",
            "failed": "danger",
            "held": "warning",
            "verifying": "info",
            "running": "info",
            "waiting": "info",
            "queued": "plain",  # unfold shows the raw word of a state that is not named here
            "cancelled": "plain",
        },
    )
    def shown_state(self, job: Job) -> tuple[str, str]:
        return job.state, job.get_state_display()

    @display(description="Why")
    def why(self, job: Job) -> SafeString:
        found: Explanation = job.explained  # type: ignore[attr-defined]
        when = f"Next {found.next_at:%-d %b %H:%M:%S}" if found.next_at else ""
        return two_lines(found.sentence, ". ".join(part for part in (when, job.error_code) if part))

    @display(description="Due (UTC)")
    def due(self, job: Job) -> SafeString | str:
        return moment(job.due_at)

    @display(description="Tenant")
    def whose(self, job: Job) -> SafeString:
        return name(job.tenant.name if job.tenant else "Reknit itself")

    @admin.action(description="It is there: close the question", permissions=["answer"])
    @asks(
        "These count as published from now on, and are not looked for any more. Whoever says so has seen them."
    )
    def it_is_there(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        self._answer(request, queryset, IT_IS_THERE)

    @admin.action(description="It is not there: send it again", permissions=["answer"])
    @asks(
        "Each is sent once more. What is there already and is sent again is there twice: look at the accounts first."
    )
    def send_again(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        self._answer(request, queryset, SEND_AGAIN)

    @admin.action(description="Late: publish it still", permissions=["answer"])
    @asks("These go out although they are late.")
    def publish_late(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        self._answer(request, queryset, PUBLISH)

    @admin.action(description="Late or stopped: skip it", permissions=["answer"])
    @asks("These are never published.")
    def skip_late(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        self._answer(request, queryset, SKIP)

    def has_answer_permission(self, request: HttpRequest, *_args: Any) -> bool:
        return request.user.has_perm("jobs.change_job")

    def _answer(self, request: HttpRequest, queryset: QuerySet[Job], said: str) -> None:
        done = 0
        for job in queryset:
            if job.tenant_id is None:
                continue  # the house's own work asks nobody
            try:
                answer(job.pk, said, tenant=job.tenant_id, actor=f"staff:{request.user.pk}", at=clock.now())
                done += 1
            except NotAsked:
                messages.warning(request, f"{job.pk} does not wait for that answer and is left alone.")
        messages.success(request, f"{done} answered.")


@admin.register(DeadLetter)
class DeadLetterAdmin(ReadOnlyAdmin):
    """What cannot go on by itself, with its evidence; recovery adds the ways on."""

    list_display = ("cause", "shown_reason", "message_or_rule", "shown_kind", "since", "resolution", "whose")
    list_filter = (
        ("resolved_at", admin.EmptyFieldListFilter),
        "resolution",
        CodeFilter,
        "reason",
        PlatformFilter,
    )
    filter_words = {"resolved_at__isempty": {"1": "Open", "0": "Settled"}}
    list_select_related = ("tenant",)
    export_fields = (
        "id",
        "job_id",
        "kind",
        "platform",
        "tenant__name",
        "connection",
        "error_code",
        "rule_id",
        "reason",
        "message",
        "retries",
        "created_at",
        "resolved_at",
        "resolution",
        "note",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[DeadLetter]:
        return DeadLetter.objects.across_tenants().order_by("-id")

    @display(description="Cause")
    def cause(self, letter: DeadLetter) -> SafeString:
        return two_lines(letter.error_code, partner(letter.platform))

    @display(description="Why it ended")
    def shown_reason(self, letter: DeadLetter) -> SafeString:
        tries = f"{letter.retries} tries" if letter.retries != 1 else "1 try"
        return two_lines(letter.get_reason_display(), tries)

    @display(description="What was said")
    def message_or_rule(self, letter: DeadLetter) -> str:
        return Truncator(letter.message or letter.rule_id).chars(140)

    @display(description="What")
    def shown_kind(self, letter: DeadLetter) -> str:
        return letter.kind.replace("_", " ").capitalize()

    @display(description="Since (UTC)")
    def since(self, letter: DeadLetter) -> SafeString | str:
        return moment(letter.created_at)

    @display(description="Tenant")
    def whose(self, letter: DeadLetter) -> SafeString:
        return name(letter.tenant.name)


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
            release(scope=one.scope, reason=one.reason, actor=f"staff:{request.user.pk}", at=clock.now())
            for one in mine
        )
        messages.success(request, f"{done} released; the others are closed by their own cause.")

    def has_release_permission(self, request: HttpRequest, *_args: Any) -> bool:
        return request.user.has_perm("jobs.change_hold")
