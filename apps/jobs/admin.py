"""Jobs, dead letters, lanes and holds in the console."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import F, Model, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.views import ChangeList

from apps.core import clock
from apps.jobs import limits_admin  # noqa: F401 - importing registers
from apps.jobs.actions.answer import IT_IS_THERE, PUBLISH, SEND_AGAIN, SKIP, NotAsked, answer
from apps.jobs.actions.hold import release
from apps.jobs.explain import Explanation, explain, explain_lane
from apps.jobs.kinds import HoldReason
from apps.jobs.models import DeadLetter, Hold, Job, Lane
from apps.jobs.queries import attempts_of

_ATTEMPTS = (
    '<table class="plain"><thead><tr><th>#</th><th>Step</th><th>Began</th><th>Outcome</th><th>Code</th><th>Rule</th>'
    "<th>Partner's request id</th><th>What the partner said</th></tr></thead><tbody>{}</tbody></table>"
)


class ReadOnlyAdmin(ModelAdmin):
    """Rows are looked at here; what changes them are actions."""

    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    """Each job with the one sentence that says why it is where it is."""

    list_display = ("id", "kind", "shown_state", "platform", "due_at", "attempts", "error_code", "tenant")
    list_filter = ("state", "held_for", "kind", "platform", "error_code")
    search_fields = ("=id", "=connection")
    list_select_related = ("tenant",)
    actions = ("it_is_there", "send_again", "publish_late", "skip_late")
    fields = (
        "id",
        "kind",
        "state",
        "why",
        "tries_so_far",
        "platform",
        "tenant",
        "due_at",
        "run_at",
        "step",
        "attempts",
        "remote_id",
        "permalink",
        "error_code",
        "error_rule",
        "error_message",
        "args",
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Job]:
        return Job.objects.across_tenants().order_by("-id")

    @display(
        description="State",
        label={
            "succeeded": "success",
            "dead": "danger",
            "failed": "danger",
            "held": "warning",
            "verifying": "info",
        },
    )
    def shown_state(self, job: Job) -> tuple[str, str]:
        return job.state, job.get_state_display()

    @admin.action(description="It is there: close the question", permissions=["answer"])
    def it_is_there(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        self._answer(request, queryset, IT_IS_THERE)

    @admin.action(description="It is not there: send it again", permissions=["answer"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        self._answer(request, queryset, SEND_AGAIN)

    @admin.action(description="Late: publish it still", permissions=["answer"])
    def publish_late(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        self._answer(request, queryset, PUBLISH)

    @admin.action(description="Late or stopped: skip it", permissions=["answer"])
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

    @display(description="Why")
    def why(self, job: Job) -> str:
        found = explain(job, at=clock.now())
        when = f" Next: {found.next_at:%d %b %Y, %H:%M:%S} UTC." if found.next_at else ""
        who = f" Waits for {found.who}." if found.who else ""
        return f"{found.sentence}{when}{who}"

    @display(description="Attempts")
    def tries_so_far(self, job: Job) -> SafeString:
        rows = (
            (
                one.number,
                one.step,
                one.started_at.strftime("%d %b, %H:%M:%S"),
                one.get_outcome_display() or "Open",
                one.error_code,
                f"{one.rule_id} ({one.confidence})" if one.rule_id else "",
                one.request_id,
                format_html("<pre>{}</pre>", one.evidence) if one.evidence else "",
            )
            for one in attempts_of(job)
        )
        return format_html(_ATTEMPTS, format_html_join("", f"<tr>{'<td>{}</td>' * 8}</tr>", rows))


@admin.register(DeadLetter)
class DeadLetterAdmin(ReadOnlyAdmin):
    """What cannot go on by itself, with its evidence; recovery adds the ways on."""

    list_display = ("job", "error_code", "reason", "message", "created_at", "retries", "resolution", "tenant")
    list_filter = (
        ("resolved_at", admin.EmptyFieldListFilter),
        "resolution",
        "error_code",
        "reason",
        "platform",
    )
    list_select_related = ("tenant", "job")

    def get_queryset(self, request: HttpRequest) -> QuerySet[DeadLetter]:
        return DeadLetter.objects.across_tenants().order_by("-id")


class _ExplainedLanes(ChangeList):
    """Reads the clock and the open holds once for a page of lanes."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        at, holds = clock.now(), list(Hold.objects.filter(closed_at=None))
        self.result_list = list(self.result_list)
        for lane in self.result_list:
            lane.explained = explain_lane(lane, holds, at=at)


@admin.register(Lane)
class LaneAdmin(ReadOnlyAdmin):
    """What each connection's lane does, or why it stands still."""

    list_display = ("key", "tenant", "platform", "why", "next_at", "served_at")
    list_filter = ("platform",)
    search_fields = ("key",)
    list_select_related = ("tenant",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Lane]:
        return Lane.objects.across_tenants().order_by(F("served_at").desc(nulls_last=True))

    def get_changelist(self, request: HttpRequest, **_kwargs: Any) -> type[ChangeList]:  # type: ignore[override]
        return _ExplainedLanes  # unfold's annotation names an instance, its code returns the class

    @display(description="Why")
    def why(self, lane: Lane) -> str:
        found: Explanation = lane.explained  # type: ignore[attr-defined]
        return found.sentence

    @display(description="Next")
    def next_at(self, lane: Lane) -> str:
        found: Explanation = lane.explained  # type: ignore[attr-defined]
        return found.who or (f"{found.next_at:%H:%M:%S}" if found.next_at else "-")


@admin.register(Hold)
class HoldAdmin(ReadOnlyAdmin):
    """Why lanes stand still; what operations hold, operations release."""

    list_display = ("scope", "reason", "sentence", "who", "since", "closed_at")
    list_filter = ("reason",)
    search_fields = ("scope",)
    actions = ("release_selected",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Hold]:
        return Hold.objects.order_by(F("closed_at").asc(nulls_first=True), "-since")

    @admin.action(description="Release (holds of operations only)", permissions=["release"])
    def release_selected(self, request: HttpRequest, queryset: QuerySet[Hold]) -> None:
        mine = queryset.filter(reason=HoldReason.OPS, closed_at=None)
        done = sum(
            release(scope=one.scope, reason=one.reason, actor=f"staff:{request.user.pk}", at=clock.now())
            for one in mine
        )
        messages.success(request, f"{done} released; the others are closed by their own cause.")

    def has_release_permission(self, request: HttpRequest, *_args: Any) -> bool:
        return request.user.has_perm("jobs.change_hold")
