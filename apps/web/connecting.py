"""Add an account, take one away, and the links in e-mails that lead to a reconnect."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render

from apps.connections import queries as connections
from apps.connections.actions.disconnect import AlreadyDisconnected, disconnect
from apps.connections.choices import ConnectionStatus, Platform
from apps.connections.models import Connection
from apps.core import clock
from apps.core.problems import Problem
from apps.jobs import queries as jobs
from apps.recovery import api_keys, links
from apps.recovery.reconnect import generate_reconnect_url
from apps.recovery.refusals import PartnerAway, SignInFailed, SomebodyElseReconnects
from apps.recovery.words import partner_name
from apps.tenants import flags
from apps.tenants.choices import Flag, Role
from apps.tenants.models import Membership
from apps.web.access import for_members, person, session_of
from apps.web.sign_ins import refused


class KeyForm(forms.Form):
    """An API key; and which connection gets it, when it is not a new one."""

    key = forms.CharField(label="API key", max_length=100)
    connection = forms.UUIDField(required=False)


@for_members(Role.OPERATOR)
def choose_partner(request: HttpRequest, member: Membership) -> HttpResponse:
    """Show where an account can be added."""
    context = {"tenant": member.tenant, "member": member, "partners": Platform.choices}
    return render(request, "web/connect.html", context)


@for_members(Role.OPERATOR)
def by_key(request: HttpRequest, member: Membership) -> HttpResponseBase:
    """Connect Mailchimp by an API key."""
    form = KeyForm(request.POST or None, initial={"connection": request.GET.get("connection", "")})
    if request.method == "POST" and form.is_valid():
        return _take_key(request, member, form)
    return _key_page(request, member, form, status=422 if form.errors else 200)


def _take_key(request: HttpRequest, member: Membership, form: KeyForm) -> HttpResponseBase:
    wanted, at = form.cleaned_data["connection"], clock.now()
    connection = _connection(member, wanted) if wanted else None
    if connection and not flags.enabled(member.tenant_id, Flag.RECONNECT_WIZARD):
        return refused(request, SomebodyElseReconnects(), None, connection)
    try:
        brought = api_keys.check(form.cleaned_data["key"].strip())
    except (api_keys.KeyRefused, PartnerAway) as problem:
        form.add_error("key", problem.detail)
        return _key_page(request, member, form, status=problem.status)
    sign_in = api_keys.begin_by_key(
        tenant=member.tenant_id,
        connection=connection,
        user=person(request),
        session=session_of(request),
        at=at,
    )
    try:
        api_keys.finish(sign_in, brought, at=at)
    except SignInFailed as failed:
        return refused(request, failed, sign_in, connection)
    return redirect("sign_in", slug=member.tenant.slug, sign_in_id=sign_in.pk)


def _key_page(request: HttpRequest, member: Membership, form: KeyForm, *, status: int) -> HttpResponse:
    context = {"tenant": member.tenant, "member": member, "form": form}
    return render(request, "web/connect_key.html", context, status=status)


@for_members(Role.OPERATOR)
def remove(request: HttpRequest, member: Membership, connection_id: UUID) -> HttpResponseBase:
    """Ask before a connection is taken away; take it away on POST."""
    connection = _connection(member, connection_id)
    if connection.status == ConnectionStatus.INACTIVE:
        return redirect("connections", slug=member.tenant.slug)
    if request.method == "POST":
        return _remove(request, member, connection)
    waiting = jobs.waiting_counts([connection.pk], tenant=member.tenant_id).get(connection.pk, 0)
    context = {
        "tenant": member.tenant,
        "member": member,
        "connection": connection,
        "partner": partner_name(connection),
        "waiting": waiting,
    }
    return render(request, "web/disconnect.html", context)


def _remove(request: HttpRequest, member: Membership, connection: Connection) -> HttpResponseBase:
    try:
        cancelled = disconnect(connection, actor=f"user:{member.user_id}", at=clock.now())
    except AlreadyDisconnected:
        cancelled = 0
    plural = "" if cancelled == 1 else "s"
    done = f" {cancelled} planned post{plural} cancelled." if cancelled else ""
    messages.success(request, f"{connection.name} is disconnected.{done} Posts already published stay.")
    return redirect("connections", slug=member.tenant.slug)


@login_required
def follow_link(request: HttpRequest, token: str) -> HttpResponseBase:
    """Lead from an e-mail to the start of a reconnect."""
    try:
        connection = links.follow(token, user=person(request), at=clock.now())
    except Problem as problem:
        return render(request, "web/link_over.html", {"problem": problem}, status=problem.status)
    return redirect(generate_reconnect_url(connection))


def _connection(member: Membership, wanted: UUID) -> Connection:
    found = connections.connections_of(tenant=member.tenant_id).select_related("grant").filter(pk=wanted)
    connection = found.first()
    if connection is None:
        raise Http404
    return connection
