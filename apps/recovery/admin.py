"""What the console can do to stopped connections. The list itself stands in connections; this adds the way back."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.connections.admin import ConnectionAdmin
from apps.connections.choices import STOPPED
from apps.connections.models import Connection
from apps.core import clock
from apps.recovery.actions.resume import NotStopped, resume

admin.site.unregister(Connection)


@admin.register(Connection)
class RecoverableConnectionAdmin(ConnectionAdmin):
    """Connections with the button that lets them go on."""

    actions = ("resume_selected",)

    @admin.action(description="Resume and catch up", permissions=["resume"])
    def resume_selected(self, request: HttpRequest, queryset: QuerySet[Connection]) -> None:
        done = 0
        for connection in Connection.objects.across_tenants().filter(
            pk__in=queryset.values("pk"), status__in=sorted(STOPPED)
        ):
            try:
                done += len(resume(connection, actor=f"staff:{request.user.pk}", at=clock.now()))
            except NotStopped:
                continue  # another one of the same grant brought it back a moment ago
        messages.success(request, f"{done} connections publish again.")

    def has_resume_permission(self, request: HttpRequest, *_args: Any) -> bool:
        return request.user.has_perm("connections.change_connection")
