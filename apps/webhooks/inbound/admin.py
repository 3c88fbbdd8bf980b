"""What partners told us, in the console: as it came, what became of it, and what was refused."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.db.models.functions import Length
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import display

from apps.core import clock
from apps.core.problems import Problem
from apps.errors.redact import redact
from apps.events.listing import ReadOnlyAdmin, actor, moment
from apps.webhooks.inbound.actions.replay import replay
from apps.webhooks.inbound.choices import Ending
from apps.webhooks.models import Erasure, IncomingEvent, Intake, Refusal, SigningKeys

SHOWN = 50  # events of one POST
_EVENTS = (
    '<table class="plain"><thead><tr><th>Kind</th><th>About</th><th>Happened</th><th>What we did</th>'
    "<th>What became of it</th><th>Note</th></tr></thead><tbody>{}</tbody></table>"
)

# The toolkit shows the raw word of a state that is not named here.
_ENDINGS = dict.fromkeys(Ending.values, "plain") | {
    "done": "success",
    "failed": "danger",
    "malformed": "danger",
    "old": "warning",
}


@admin.register(Intake)
class IntakeAdmin(ReadOnlyAdmin):
    """Each POST that a partner has proved to be its own."""

    list_display = ("id", "receiver", "shown_state", "came", "was_read", "size", "trouble", "replays")
    list_filter = ("state", "receiver")
    search_fields = ("=id",)
    actions = ("replay_selected",)
    fields = ("id", "receiver", "state", "signer", "at", "read_at", "trouble", "replays", "events", "said")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Intake]:
        return Intake.objects.defer("body").annotate(size=Length("body")).order_by("-id")

    @display(description="State", label={"malformed": "danger", "new": "info", "read": "success"})
    def shown_state(self, row: Intake) -> tuple[str, str]:
        return row.state, row.get_state_display()

    @display(description="Came (UTC)")
    def came(self, row: Intake) -> SafeString | str:
        return moment(row.at)

    @display(description="Read (UTC)")
    def was_read(self, row: Intake) -> SafeString | str:
        return moment(row.read_at) or "not yet"

    @display(description="Bytes")
    def size(self, row: Intake) -> int:
        return int(row.size)  # type: ignore[attr-defined]

    @display(description="What it said")
    def said(self, row: Intake) -> SafeString:
        text = redact(bytes(row.body).decode("utf-8", "replace"))
        return format_html("<pre>{}</pre>", text or "Erased.")

    @display(description="Events in it")
    def events(self, row: Intake) -> SafeString:
        found = IncomingEvent.objects.filter(intake=row.pk).order_by("id")[:SHOWN]
        rows = (
            (
                one.kind,
                one.about,
                f"{one.happened_at:%d %b %Y, %H:%M:%S}" if one.happened_at else "",
                one.get_act_display(),
                one.get_ending_display(),
                one.note,
            )
            for one in found
        )
        return format_html(_EVENTS, format_html_join("", f"<tr>{'<td>{}</td>' * 6}</tr>", rows))

    @admin.action(description="Read again, from what came", permissions=["replay"])
    def replay_selected(self, request: HttpRequest, queryset: QuerySet[Intake]) -> None:
        done = 0
        for row in queryset.order_by("id"):
            try:
                replay(row.pk, actor=actor(request), at=clock.now())
                done += 1
            except Problem as problem:
                messages.warning(request, f"{row.pk}: {problem.detail}")
        messages.success(request, f"{done} read again.")

    def has_replay_permission(self, request: HttpRequest, *_args: Any) -> bool:
        return request.user.has_perm("webhooks.replay_intake")


@admin.register(IncomingEvent)
class IncomingEventAdmin(ReadOnlyAdmin):
    """Each event, and what became of it."""

    list_display = ("came", "receiver", "kind", "about", "act", "shown_ending", "note")
    list_filter = ("receiver", "ending", "act")
    search_fields = ("=about", "=intake")

    def get_queryset(self, request: HttpRequest) -> QuerySet[IncomingEvent]:
        return IncomingEvent.objects.order_by("-id")

    @display(description="Came (UTC)")
    def came(self, row: IncomingEvent) -> SafeString | str:
        return moment(row.at)

    @display(description="What became of it", label=_ENDINGS)
    def shown_ending(self, row: IncomingEvent) -> tuple[str, str]:
        return row.ending, row.get_ending_display()


@admin.register(Refusal)
class RefusalAdmin(ReadOnlyAdmin):
    """What proved nothing, counted by the hour; of its content nothing was kept."""

    list_display = ("hour", "receiver", "why", "count", "last_at", "sample")
    list_filter = ("receiver", "why")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Refusal]:
        return Refusal.objects.order_by("-hour", "-count")


@admin.register(SigningKeys)
class SigningKeysAdmin(ReadOnlyAdmin):
    """The keys that count, and when they were fetched."""

    list_display = ("name", "fetched_at", "trouble")
    fields = ("name", "issuer", "fetched_at", "tried_at", "trouble")


@admin.register(Erasure)
class ErasureAdmin(ReadOnlyAdmin):
    """Who asked to be forgotten, by the code; the person is forgotten with it."""

    list_display = ("code", "platform", "state", "asked_at", "done_at", "connections")
    list_filter = ("state", "platform")
    search_fields = ("=code",)
    fields = ("code", "platform", "state", "asked_at", "done_at", "connections")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Erasure]:
        return Erasure.objects.order_by("-asked_at")
