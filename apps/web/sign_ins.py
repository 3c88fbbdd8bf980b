"""The pages of a sign-in under way: choose accounts, wait for the check, and how it ended."""

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from apps.connections import permissions
from apps.connections import queries as connections
from apps.connections.choices import ConnectionStatus, SignInStage
from apps.connections.connectors.mailchimp import keys
from apps.connections.models import Connection, SignIn
from apps.core import clock
from apps.errors.messages import PLATFORM_NAMES
from apps.recovery import choosing
from apps.recovery.reconnect import generate_reconnect_url
from apps.recovery.refusals import SignInFailed
from apps.tenants import queries as tenants
from apps.tenants.choices import Role
from apps.tenants.models import Membership
from apps.web import draft as drafts
from apps.web.access import for_members, person


@for_members(Role.OPERATOR)
def show(request: HttpRequest, member: Membership, sign_in_id: UUID) -> HttpResponseBase:
    """Show how far the sign-in is; take the choice."""
    rows = SignIn.objects.for_tenant(member.tenant_id).select_related("connection")
    sign_in = rows.filter(pk=sign_in_id, user=person(request)).first()
    if sign_in is None:
        raise Http404
    if request.method == "POST" and sign_in.stage == SignInStage.CHOOSING:
        choosing.choose(sign_in, request.POST.getlist("account"), at=clock.now())
        return redirect("sign_in", slug=member.tenant.slug, sign_in_id=sign_in.pk)
    return _page(request, member, sign_in)


def _page(request: HttpRequest, member: Membership, sign_in: SignIn) -> HttpResponseBase:
    if sign_in.stage not in {SignInStage.CHOOSING, SignInStage.PROVING}:
        return lead_on(request, sign_in)
    going = sign_in.stage == SignInStage.PROVING
    context = {
        "tenant": member.tenant,
        "member": member,
        "sign_in": sign_in,
        "partner": PLATFORM_NAMES[sign_in.platform],
        "accounts": [] if going else choosing.offered(sign_in),
        "looks_again": 2 if going else 0,
    }
    return render(request, "web/sign_in_check.html" if going else "web/sign_in_choose.html", context)


def lead_on(request: HttpRequest, sign_in: SignIn) -> HttpResponseBase:
    """Lead the person to where the sign-in goes on, or ends."""
    slug = tenants.tenant(sign_in.tenant_id).slug
    if sign_in.stage == SignInStage.DONE:
        _tell(request, sign_in)
        return redirect(drafts.way_back(request, slug) or reverse("connections", args=[slug]))
    if sign_in.stage in {SignInStage.CHOOSING, SignInStage.PROVING}:
        return redirect("sign_in", slug=slug, sign_in_id=sign_in.pk)
    why = sign_in.why or "It was left lying for more than ten minutes. Nothing was changed; start again."
    return refused(request, SignInFailed(detail=why), sign_in, sign_in.connection)


def refused(
    request: HttpRequest, why: SignInFailed, sign_in: SignIn | None, connection: Connection | None
) -> HttpResponseBase:
    """Say in words why nothing was changed, and offer what can be done."""
    context: dict[str, object] = {"why": why, "back": reverse("home")}
    if sign_in:
        tenant = tenants.tenant(sign_in.tenant_id)
        context |= {"tenant": tenant, "member": tenants.member(tenant.pk, person(request))}
        context |= {"again": _again(sign_in, connection, why, tenant.slug)}
        context["writing"] = drafts.way_back(request, tenant.slug)
        context["back"] = context["writing"] or reverse("connections", args=[tenant.slug])
        now = SignIn.objects.for_tenant(tenant.pk).get(pk=sign_in.pk)
        if now.stage == SignInStage.CHOOSING and choosing.offered(now):
            context["add"] = reverse("sign_in", args=[tenant.slug, sign_in.pk])
    return render(request, "web/sign_in_failed.html", context, status=why.status)


def _again(sign_in: SignIn, connection: Connection | None, why: SignInFailed, slug: str) -> str:
    if sign_in.login == keys.LOGIN:
        wanted = {"connection": connection.pk} if connection else {}
        return f"{reverse('connect_key', args=[slug])}?{urlencode(wanted)}"
    if connection:
        return generate_reconnect_url(connection, scope_fix=why.asks_for_more)
    query = {"tenant": slug} | ({"scope_fix": "true"} if why.asks_for_more else {})
    query |= {"login": sign_in.login} if sign_in.login else {}
    return f"{reverse('oauth_start', args=[sign_in.platform])}?{urlencode(query)}"


def _tell(request: HttpRequest, sign_in: SignIn) -> None:
    rows = connections.connections_of(tenant=sign_in.tenant_id).select_related("grant")
    used = list(rows.filter(platform=sign_in.platform, external_id__in=sign_in.chosen))
    names = ", ".join(one.name for one in used if one != sign_in.connection)
    if sign_in.connection is None:
        messages.success(request, f"Connected: {names}. Posts that you plan can go out there now.")
    else:
        messages.success(request, _again_words(sign_in.connection))
        if names:
            messages.success(request, f"The same sign-in now also serves {names}.")
    if sign_in.why:
        messages.warning(request, sign_in.why)
    if left_out := missing_of(used):
        asked = ", ".join(permissions.in_words(left_out))
        partner = PLATFORM_NAMES[sign_in.platform]
        messages.warning(request, f"{partner} did not give us {asked}; some kinds of posts need that.")


def _again_words(connection: Connection) -> str:
    if connection.status == ConnectionStatus.PAUSED:
        return f"{connection.name} has fresh access. Our team has paused it for another reason and lets it go on."
    return f"{connection.name} is connected again. Posts that waited are going out now."


def missing_of(used: list[Connection]) -> list[str]:
    """Return the permissions that were left out, of those that some kind of post on these accounts needs."""
    granted = connections.scopes_of(used)
    return sorted(
        {
            scope
            for one in used
            if granted.get(one.grant_id)
            for scope in permissions.missing(one.platform, one.account_type, granted[one.grant_id])
        }
    )
