"""Out to the partner and back again."""

import time
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from apps.connections.choices import Platform, SignInStage
from apps.connections.connectors.mailchimp import keys
from apps.connections.connectors.meta import instagram_login
from apps.connections.connectors.registry import CONNECTORS
from apps.connections.models import Connection, SignIn
from apps.core import clock
from apps.errors.codes import ErrorCode
from apps.recovery import reconnect, returning
from apps.recovery.refusals import SignInFailed, SomebodyElseReconnects
from apps.tenants import flags
from apps.tenants import queries as tenants
from apps.tenants.choices import Flag, Role
from apps.tenants.models import Membership
from apps.web.access import person, session_of
from apps.web.sign_ins import lead_on, refused

PATIENCE = 5.0  # seconds that a browser waits for the check before a page says that it runs
STEP = 0.1


@login_required
def start(request: HttpRequest, platform: str) -> HttpResponseBase:
    """Send the person to the partner's consent page: to reconnect, or without a connection to add one."""
    if platform not in CONNECTORS:
        raise Http404
    again = "prev_connection" in request.GET
    connection = _own_connection(request, platform) if again else None
    if connection and not flags.enabled(connection.tenant_id, Flag.RECONNECT_WIZARD):
        return refused(request, SomebodyElseReconnects(), None, connection)
    if connection and connection.grant.login == keys.LOGIN:
        form = reverse("connect_key", args=[connection.tenant.slug])
        return redirect(f"{form}?connection={connection.pk}")
    url = reconnect.begin(
        tenant=connection.tenant_id if connection else _own_tenant(request),
        platform=platform,
        connection=connection,
        login=_login(request, platform),
        user=person(request),
        session=session_of(request),
        backfill=request.GET.get("backfill", "on") == "on",
        scope_fix=request.GET.get("scope_fix") == "true"
        or request.GET.get("reason") == ErrorCode.PERMISSION_INSUFFICIENT,
        at=clock.now(),
    )
    return redirect(url)


@login_required
def callback(request: HttpRequest, platform: str) -> HttpResponseBase:
    """Take the person back; on failure say why and change nothing."""
    came = returning.Return(
        state=request.GET.get("state", ""),
        code=request.GET.get("code", "").removesuffix("#_"),
        error=request.GET.get("error", ""),
        session=session_of(request),
        user=person(request),
    )
    sign_in = None
    try:
        sign_in = returning.find(came, platform=platform)
        connection = sign_in.connection
        returning.finish(sign_in, came, at=clock.now())
    except SignInFailed as failed:
        return refused(request, failed, sign_in, connection if sign_in else None)
    return lead_on(request, _wait_for(sign_in))


def _wait_for(sign_in: SignIn) -> SignIn:
    """Return the sign-in when its check has ended, or when the person has waited long enough."""
    end = time.monotonic() + PATIENCE
    while True:
        now = SignIn.objects.for_tenant(sign_in.tenant_id).get(pk=sign_in.pk)
        if now.stage != SignInStage.PROVING or time.monotonic() > end:
            return now
        time.sleep(STEP)


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
    member = tenants.member(connection.tenant_id, person(request)) if connection else None
    if connection is None or not _may_connect(member):
        raise Http404
    return connection


def _login(request: HttpRequest, platform: str) -> str:
    """Return by which of a partner's logins a new account is added."""
    wanted = request.GET.get("login", "")
    return wanted if (platform, wanted) == (Platform.META, instagram_login.LOGIN) else ""


def _own_tenant(request: HttpRequest) -> UUID:
    """Return the named tenant, or else the person's first by name."""
    slug = request.GET.get("tenant", "")
    for member in tenants.memberships_of(request.user):  # type: ignore[arg-type]
        if slug in {"", member.tenant.slug} and _may_connect(member):
            return UUID(str(member.tenant_id))
    raise Http404


def _may_connect(member: Membership | None) -> bool:
    return member is not None and tenants.may(member, Role.OPERATOR)
