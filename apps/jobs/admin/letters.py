"""Dead letters in the console."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from unfold.decorators import display

from apps.events.listing import ReadOnlyAdmin, moment, name, two_lines
from apps.jobs.admin.filters import CodeFilter, PlatformFilter
from apps.jobs.admin.words import partner
from apps.jobs.models import DeadLetter


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
