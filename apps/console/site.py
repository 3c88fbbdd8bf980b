"""Our admin site."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from unfold.sites import UnfoldAdminSite

from apps.console import (
    connections,
    drills,
    edit,
    find,
    flags,
    home,
    inbox,
    incidents,
    jobs,
    lab,
    letters,
    mailbox,
    operations,
    paused,
    questions,
    runbooks,
    two_factor,
)
from apps.console.page import tag_of


class OpsSite(UnfoldAdminSite):
    """The console of the operations staff."""

    site_header = "Reknit"
    site_title = "Reknit console"
    index_title = "What needs a person now"
    index_template = "console/home.html"

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """Show what waits for a person."""
        facts = home.facts(request.user)
        return super().index(request, {**(extra_context or {}), "facts": facts, "tag": tag_of(facts)})

    def has_permission(self, request: HttpRequest) -> bool:
        """Let in staff who have given both factors."""
        return super().has_permission(request) and not two_factor.is_owed(request)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Who has given the password is asked for the second factor, not for the password again."""
        if super().has_permission(request) and two_factor.is_owed(request):
            wanted = urlencode({"next": request.GET.get("next", "")})
            return redirect(f"{reverse('admin:two_factor')}?{wanted}")
        return super().login(request, extra_context)

    def extra_urls(self) -> list[URLPattern]:
        """Add the pages that are no table."""
        return [
            path("two-factor/", two_factor.ask, name="two_factor"),
            path("now/", self.admin_view(home.show_now), name="now"),
            path("find/", self.admin_view(find.show_find), name="find"),
            path("paused/", self.admin_view(paused.show_paused), name="paused"),
            path("questions/", self.admin_view(questions.show_questions), name="questions"),
            path("job/<uuid:pk>/", self.admin_view(jobs.show_job), name="job"),
            path("letters/", self.admin_view(letters.show_letters), name="letters"),
            path("letters/<uuid:pk>/", self.admin_view(letters.show_letter), name="letter"),
            path("runbooks/", self.admin_view(runbooks.show_index), name="runbooks"),
            path("runbooks/of/<str:code>/", self.admin_view(runbooks.show_of), name="runbook_of"),
            path("runbooks/<slug:name>/", self.admin_view(runbooks.show_runbook), name="runbook"),
            path("incidents/", self.admin_view(incidents.show_incidents), name="recovery_incidents"),
            path("incidents/<uuid:pk>/", self.admin_view(incidents.show_incident), name="recovery_incident"),
            path("connection/<uuid:pk>/", self.admin_view(connections.show_connection), name="connection"),
            path("drills/", self.admin_view(drills.show_drills), name="drills"),
            path("drills/<uuid:pk>/", self.admin_view(drills.show_drill), name="drill"),
            path("errors/inbox/", self.admin_view(inbox.show_inbox), name="errors_inbox"),
            path("errors/inbox/<int:pk>/", self.admin_view(inbox.show_answer), name="errors_answer"),
            path("errors/overrides/<uuid:pk>/", self.admin_view(inbox.take_back), name="errors_take_back"),
            path("errors/lab/", self.admin_view(lab.show_lab), name="errors_lab"),
            path("operations/plan/", self.admin_view(operations.plan), name="operation_plan"),
            path("operations/<uuid:pk>/", self.admin_view(operations.show_operation), name="operation"),
            path(
                "operations/<uuid:pk>/progress/",
                self.admin_view(operations.show_progress),
                name="operation_progress",
            ),
            path(
                "operations/<uuid:pk>/<str:verb>/", self.admin_view(operations.steer), name="operation_steer"
            ),
            path("letters/<uuid:pk>/edit/", self.admin_view(edit.edit_letter), name="letter_edit"),
            path("flags/", self.admin_view(flags.show_flags), name="flags"),
            path("mailbox/", self.admin_view(mailbox.show_mailbox), name="mailbox"),
        ]

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Return the lists of one app; of all together nobody asks but Django, on every page: the sidebar is ours."""
        return super().get_app_list(request, app_label) if app_label else []

    def get_sidebar_list(self, request: HttpRequest) -> list[dict[str, Any]]:
        """Return the sidebar; the toolkit copies, imports and parses each entry anew for every page."""
        sidebar: Any = settings.UNFOLD["SIDEBAR"]
        return [
            {"title": group["title"], "items": [_entry(item, request.path) for item in group["items"]]}
            for group in sidebar["navigation"]
        ]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Leave the colours to the style sheet: the content policy allows no inline style element."""
        return {**super().each_context(request), "colors": None}


def _entry(item: dict[str, Any], here: str) -> dict[str, Any]:
    """Return an entry of the sidebar, and whether it is the page that is open or one above it."""
    link = str(item["link"])
    active = here == link if link == reverse("admin:index") else here.startswith(link)
    return {**item, "link": link, "active": active, "has_permission": True}
