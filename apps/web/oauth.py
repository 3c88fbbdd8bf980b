"""The two ends of a sign-in at a partner: our start, and the browser's return."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render

from apps.connections.models import Connection
from apps.core import clock
from apps.recovery import reconnect
from apps.tenants import flags
from apps.tenants import queries as tenants
from apps.tenants.choices import Flag, Role
from apps.web.access import person

ASK_SOMEBODY = "Please ask whoever looks after Reknit for you to reconnect it. Your posts wait until then; nothing is lost."


@login_required
def start(request: HttpRequest, platform: str) -> HttpResponseBase:
    """Send the person to the partner's consent page."""
    connection = _own_connection(request, platform)
    if not flags.enabled(connection.tenant_id, Flag.RECONNECT_WIZARD):
        return render(request, "web/sign_in_failed.html", {"why": ASK_SOMEBODY}, status=403)
    if not request.session.session_key:
        request.session.create()
    url = reconnect.begin(
        connection=connection,
        user=person(request),
        session=str(request.session.session_key),
        backfill=request.GET.get("backfill", "on") == "on",
        at=clock.now(),
    )
    return redirect(url)


@login_required
def callback(request: HttpRequest, platform: str) -> HttpResponseBase:
    """Take the person back; on failure say why and change nothing."""
    came = reconnect.Return(
        state=request.GET.get("state", ""),
        code=request.GET.get("code", "").removesuffix("#_"),
        error=request.GET.get("error", ""),
        session=str(request.session.session_key),
        user=person(request),
    )
    try:
        connection = reconnect.finish(
            came, platform=platform, actor=f"user:{request.user.pk}", at=clock.now()
        )
    except reconnect.SignInFailed as failed:
        return render(request, "web/sign_in_failed.html", {"why": failed.detail}, status=409)
    messages.success(request, f"{connection.name} is connected again. Posts that waited are going out now.")
    return redirect("connections", slug=tenants.tenant(connection.tenant_id).slug)


def _own_connection(request: HttpRequest, platform: str) -> Connection:
    try:
        wanted = UUID(request.GET.get("prev_connection", ""))
    except ValueError:
        raise Http404 from None
    connection = (
        Connection.objects.across_tenants()
        .select_related("grant", "tenant")
        .filter(pk=wanted, platform=platform)
        .first()
    )
    member = tenants.membership(request.user, connection.tenant.slug) if connection else None  # type: ignore[arg-type]
    if connection is None or member is None or not tenants.may(member, Role.OPERATOR):
        raise Http404
    return connection
