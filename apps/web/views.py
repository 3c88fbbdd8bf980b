"""The tenant's pages."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render

from apps.connections import permissions, routes
from apps.connections import queries as connections
from apps.connections.choices import REFUSED, ConnectionStatus
from apps.connections.models import Connection
from apps.core import clock
from apps.jobs import queries as jobs
from apps.publishing.media import find_signed
from apps.recovery import queries as recovery
from apps.recovery.catching_up import catching_up
from apps.recovery.reconnect import generate_reconnect_url
from apps.recovery.words import partner_name
from apps.tenants import flags
from apps.tenants import queries as tenants
from apps.tenants.choices import Flag, Role
from apps.tenants.models import Membership
from apps.web.access import for_members
from apps.web.banners import banners, calms
from apps.web.questions import questions


@login_required
def home(request: HttpRequest) -> HttpResponseBase:
    """Go to the person's tenant; with several, the first by name."""
    if now := getattr(request, "viewing", None):
        return redirect("connections", slug=now.member.tenant.slug)
    members = tenants.memberships_of(request.user)  # type: ignore[arg-type]
    if members:
        return redirect("connections", slug=members[0].tenant.slug)
    if request.user.is_staff:
        return redirect("admin:index")
    return render(request, "web/no_tenant.html", status=403)


@for_members()
def show_connections(request: HttpRequest, member: Membership) -> HttpResponse:
    """List the connections, the broken ones first with their remedy."""
    tenant = member.tenant
    rows = list(connections.connections_of(tenant=tenant.pk))
    waiting = jobs.waiting_counts([row.pk for row in rows], tenant=tenant.pk)
    over = recovery.incidents_over(rows, tenant=tenant.pk)
    wizard = flags.enabled(tenant.pk, Flag.RECONNECT_WIZARD)
    refused = [row for row in rows if row.status in REFUSED]
    granted = connections.scopes_of(rows)
    lines = [
        _line(row, waiting.get(row.pk, 0), granted.get(row.grant_id, []), held=row.pk in over) for row in rows
    ]
    catching = catching_up(tenant=tenant.pk, at=clock.now())
    drilled = set(
        routes.open_on([row.pk for row in rows], at=clock.now()).values_list("connection", flat=True)
    )
    context = {
        "tenant": tenant,
        "member": member,
        "banners": banners(refused, waiting, by_themselves=wizard),
        "drilled": [row for row in rows if row.pk in drilled],
        "calms": calms(rows, over, waiting),
        "catching_up": catching,
        "looks_again": 5 if catching else 0,
        "lines": lines,
        "questions": questions(tenant.pk),
        "may_connect": tenants.may(member, Role.OPERATOR),
        "by_themselves": wizard,
    }
    return render(request, "web/connections.html", context)


def _line(connection: Connection, waiting: int, granted: list[str], *, held: bool) -> dict[str, object]:
    scopes = permissions.missing(connection.platform, connection.account_type, granted) if granted else []
    missing = scopes if connection.status == ConnectionStatus.ACTIVE else []
    return {
        "connection": connection,
        "partner": partner_name(connection),
        "waiting": waiting,
        "held": held,
        "missing": ", ".join(permissions.in_words(missing)),
        "again": generate_reconnect_url(connection, scope_fix=bool(missing)),
    }


def media(_request: HttpRequest, token: str) -> HttpResponse:
    """Hand a picture to whoever holds its signed address: the partners' fetchers."""
    found = find_signed(token)
    if found is None:
        return HttpResponse("This address has expired.", status=404, content_type="text/plain")
    with found.file.open("rb") as file:
        answer = HttpResponse(file.read(), content_type=found.content_type)
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
