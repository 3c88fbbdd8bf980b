"""Jobs in the console."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.decorators import display

from apps.core import clock
from apps.events.listing import ReadOnlyAdmin, actor, asks, moment, name, two_lines
from apps.jobs.actions.answer import IT_IS_THERE, PUBLISH, SEND_AGAIN, SKIP, NotAsked, answer
from apps.jobs.admin.filters import CodeFilter, KindFilter, PlatformFilter
from apps.jobs.admin.words import partner
from apps.jobs.explain import Explanation, explain_many
from apps.jobs.models import Job


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
                answer(job.pk, said, tenant=job.tenant_id, actor=actor(request), at=clock.now())
                done += 1
            except NotAsked:
                messages.warning(request, f"{job.pk} does not wait for that answer and is left alone.")
        messages.success(request, f"{done} answered.")
