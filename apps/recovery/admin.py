"""What the console can do to many things at once. The lists stand in the floors below; this adds the way on."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.safestring import SafeString
from unfold.decorators import display

from apps.connections.admin import ConnectionAdmin
from apps.connections.models import Connection
from apps.events.listing import ReadOnlyAdmin, moment, name
from apps.jobs.admin import DeadLetterAdmin, JobAdmin
from apps.jobs.choices import HeldFor, JobState
from apps.jobs.models import DeadLetter, Job
from apps.recovery.choices import OperationKind
from apps.recovery.models import Operation
from apps.tenants.models import User

admin.site.unregister((Connection, DeadLetter, Job))

# The lists' own filters, as operations know them.
_FILTERS = {
    "error_code__exact": "code",
    "error_code": "code",
    "reason__exact": "reason",
    "reason": "reason",
    "platform__exact": "platform",
    "platform": "platform",
}

# Says nothing about which rows are meant: only open letters can be replayed at all.
_HARMLESS = {"resolved_at__isempty", "after"}


def _plan(request: HttpRequest, kind: OperationKind, queryset: QuerySet[Any]) -> HttpResponseBase:
    """Go to the preview, of the ticked rows or of the whole filter; nothing is done before it is confirmed."""
    across = request.POST.get("select_across") == "1"
    if across and (unknown := set(request.GET) - set(_FILTERS) - _HARMLESS):
        # Dropping a filter would do it to more than what the list shows.
        messages.error(request, f"This cannot be done to a list filtered by {', '.join(sorted(unknown))}.")
        return redirect(request.get_full_path())
    if across:
        wish = {_FILTERS[name]: value for name, value in request.GET.items() if name in _FILTERS}
    else:
        wish = {"ids": ",".join(str(row.pk) for row in queryset)}
    return redirect(f"{reverse('admin:operation_plan')}?{urlencode({'kind': kind, **wish})}")


@admin.register(Connection)
class RecoverableConnectionAdmin(ConnectionAdmin):
    """Connections with the button that lets them go on."""

    actions = ("resume_selected",)

    @admin.action(description="Resume...", permissions=["operate"])
    def resume_selected(self, request: HttpRequest, queryset: QuerySet[Connection]) -> HttpResponseBase:
        rows = Connection.objects.across_tenants().filter(pk__in=queryset.values("pk"))
        return _plan(request, OperationKind.RESUME, rows)

    def has_operate_permission(self, request: HttpRequest, *_args: Any) -> bool:
        return request.user.has_perm("recovery.add_operation")


@admin.register(DeadLetter)
class ReplayableDeadLetterAdmin(DeadLetterAdmin):
    """Dead letters that can be replayed, edited and put aside."""

    actions = ("replay_selected", "resolve_selected")

    @admin.action(description="Replay...", permissions=["operate"])
    def replay_selected(self, request: HttpRequest, queryset: QuerySet[DeadLetter]) -> HttpResponseBase:
        return _plan(request, OperationKind.REPLAY, queryset)

    @admin.action(description="Put aside...", permissions=["operate"])
    def resolve_selected(self, request: HttpRequest, queryset: QuerySet[DeadLetter]) -> HttpResponseBase:
        return _plan(request, OperationKind.RESOLVE, queryset)

    def change_view(self, request: HttpRequest, object_id: str, *_args: Any, **_more: Any) -> Any:
        """Its page shows the evidence and the ways on."""
        return redirect("admin:letter", object_id)

    def has_operate_permission(self, request: HttpRequest, *_args: Any) -> bool:
        return request.user.has_perm("recovery.add_operation")


@admin.register(Job)
class ReleasableJobAdmin(JobAdmin):
    """Jobs; what operations had stopped can be released in bulk."""

    actions = (*JobAdmin.actions, "release_selected")  # type: ignore[assignment]  # one more than below
    list_display = ("what", "account", *JobAdmin.list_display[1:])  # type: ignore[assignment]

    def read_around(self, rows: list[Job]) -> None:
        """Name the accounts of all of them at once."""
        super().read_around(rows)
        wanted = {job.connection for job in rows if job.connection}
        names = dict(Connection.objects.across_tenants().filter(pk__in=wanted).values_list("pk", "name"))
        for job in rows:
            job.account = names.get(job.connection, "") if job.connection else ""  # type: ignore[attr-defined]

    @display(description="Account")
    def account(self, job: Job) -> SafeString:
        return name(job.account)  # type: ignore[attr-defined]

    @admin.action(description="Stopped by operations: release...", permissions=["operate"])
    def release_selected(self, request: HttpRequest, queryset: QuerySet[Job]) -> HttpResponseBase:
        return _plan(
            request,
            OperationKind.RELEASE,
            queryset.filter(state=JobState.HELD, held_for=HeldFor.OPS),
        )

    def change_view(self, request: HttpRequest, object_id: str, *_args: Any, **_more: Any) -> Any:
        """Its page shows why it is where it is, and the buttons."""
        return redirect("admin:job", object_id)

    def has_operate_permission(self, request: HttpRequest, *_args: Any) -> bool:
        return request.user.has_perm("recovery.add_operation")


@admin.register(Operation)
class OperationAdmin(ReadOnlyAdmin):
    """What was done to many at once; each has a page of its own."""

    list_display = ("kind", "shown_state", "progress", "whose", "who", "begun", "ended")
    list_filter = ("kind", "state")
    list_select_related = ("tenant",)
    export_fields = (
        "id",
        "kind",
        "state",
        "tenant__name",
        "actor",
        "total",
        "done",
        "created_at",
        "finished_at",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Operation]:
        return Operation.objects.across_tenants().order_by("-id")

    @display(
        description="State",
        label={"running": "info", "paused": "warning", "aborted": "danger", "done": "success"},
    )
    def shown_state(self, operation: Operation) -> tuple[str, str]:
        return operation.state, operation.get_state_display()

    def read_around(self, rows: list[Operation]) -> None:
        """Name the people of all of them at once."""
        keys = [one.actor.partition(":")[2] for one in rows if one.actor.startswith(("staff:", "user:"))]
        names = {str(pk): email for pk, email in User.objects.filter(pk__in=keys).values_list("pk", "email")}
        for one in rows:
            key = one.actor.partition(":")[2]
            one.who_began = names.get(key, key)  # type: ignore[attr-defined]

    @display(description="For")
    def whose(self, operation: Operation) -> SafeString:
        return name(operation.tenant.name if operation.tenant else "All tenants")

    @display(description="By")
    def who(self, operation: Operation) -> str:
        return str(operation.who_began)  # type: ignore[attr-defined]

    @display(description="Begun (UTC)")
    def begun(self, operation: Operation) -> SafeString | str:
        return moment(operation.created_at)

    @display(description="Ended (UTC)")
    def ended(self, operation: Operation) -> SafeString | str:
        return moment(operation.finished_at)

    @display(description="Done")
    def progress(self, operation: Operation) -> str:
        return f"{operation.done} of {operation.total}"

    def change_view(self, request: HttpRequest, object_id: str, *_args: Any, **_more: Any) -> Any:
        """Its page shows its progress."""
        return redirect("admin:operation", object_id)
