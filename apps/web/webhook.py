"""One webhook of the tenant: how it is doing, what it was told, and what its people can do about it."""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from apps.core import clock, ids
from apps.tenants.choices import Role
from apps.tenants.models import Membership
from apps.tenants.queries import may
from apps.web import hears, told
from apps.web.access import for_members
from apps.webhooks.catalogue.types import TEST
from apps.webhooks.models import Endpoint
from apps.webhooks.outbound import queries
from apps.webhooks.outbound.actions import keep
from apps.webhooks.outbound.actions.catch_up import catch_up
from apps.webhooks.outbound.actions.deliver import StillUnderWay, redeliver, send_test
from apps.webhooks.outbound.actions.pause import NotActive, pause
from apps.webhooks.outbound.actions.resume import NotPaused, resume
from apps.webhooks.outbound.choices import DeliveryState, PausedFor
from apps.webhooks.outbound.health import PATIENCE

PAGE = 30
NEWS = timedelta(hours=1)
AGAIN = 2  # seconds until the page looks again for a test's answer
_WHY = {
    PausedFor.BY_HAND: "Somebody of your team paused it.",
    PausedFor.GONE: "It said that it is gone for good, so we stopped sending.",
    PausedFor.FAILING: "It took nothing for five days, so we stopped sending.",
}


@for_members()
def show(request: HttpRequest, member: Membership, endpoint_id: UUID) -> HttpResponse:
    """Show one endpoint, how it is doing, and what it was told."""
    return page(request, member, find(member, endpoint_id))


@for_members(Role.ADMIN)
def give_secret(request: HttpRequest, member: Membership, endpoint_id: UUID) -> HttpResponse:
    """Ask whether it shall have a new secret; on POST make it, and show it this once."""
    endpoint = find(member, endpoint_id)
    if request.method != "POST":
        return render_page(
            request, member, "webhook_secret", {"endpoint": endpoint, "name": name_of(endpoint)}
        )
    made = keep.rotate(
        endpoint.pk,
        tenant=member.tenant_id,
        actor=actor(member),
        at=clock.now(),
        idempotency_key=key_of(request),
    )
    return page(request, member, made.endpoint, secret=made.secret)


@for_members(Role.ADMIN)
def remove(request: HttpRequest, member: Membership, endpoint_id: UUID) -> HttpResponseBase:
    """Ask whether it shall go; on POST let it go."""
    endpoint = find(member, endpoint_id)
    if request.method != "POST":
        context = {"endpoint": endpoint, "name": name_of(endpoint), "backlog": queries.backlog_of(endpoint)}
        return render_page(request, member, "webhook_remove", context)
    keep.remove(endpoint.pk, tenant=member.tenant_id, actor=actor(member), at=clock.now())
    messages.success(request, f"We no longer send to {name_of(endpoint)}.")
    return redirect("webhooks", slug=member.tenant.slug)


@require_POST
@for_members(Role.OPERATOR)
def test(request: HttpRequest, member: Membership, endpoint_id: UUID) -> HttpResponseBase:
    """Send one made-up event; the page then looks for its answer."""
    endpoint = find(member, endpoint_id)
    send_test(
        endpoint.pk,
        tenant=member.tenant_id,
        actor=actor(member),
        at=clock.now(),
        idempotency_key=key_of(request),
    )
    messages.success(request, "We sent a test. What comes back stands below.")
    return back(member, endpoint)


@require_POST
@for_members(Role.ADMIN)
def stop(request: HttpRequest, member: Membership, endpoint_id: UUID) -> HttpResponseBase:
    """Pause it; what happens waits."""
    endpoint = find(member, endpoint_id)
    with suppress(NotActive):  # somebody else of the team was first
        pause(endpoint.pk, why=PausedFor.BY_HAND, actor=actor(member), at=clock.now())
    messages.success(request, "It is paused. What happens waits.")
    return back(member, endpoint)


@require_POST
@for_members(Role.ADMIN)
def go_on(request: HttpRequest, member: Membership, endpoint_id: UUID) -> HttpResponseBase:
    """Resume it, and if that is wanted begin to deliver again what was given up."""
    endpoint, at = find(member, endpoint_id), clock.now()
    with suppress(NotPaused):
        resume(endpoint.pk, actor=actor(member), at=at)
    if request.POST.get("again") == "on":
        catch_up(endpoint.pk, tenant=member.tenant_id, actor=actor(member), at=at)
    messages.success(request, "It goes on. What waited is on its way.")
    return back(member, endpoint)


@require_POST
@for_members(Role.OPERATOR)
def tell_again(
    request: HttpRequest, member: Membership, endpoint_id: UUID, delivery: UUID
) -> HttpResponseBase:
    """Deliver one event once more."""
    endpoint = find(member, endpoint_id)
    if not queries.deliveries_of(endpoint).filter(pk=delivery).exists():
        raise Http404
    try:
        redeliver(delivery, tenant=member.tenant_id, actor=actor(member), at=clock.now())
        messages.success(request, "It is on its way once more.")
    except StillUnderWay as problem:
        messages.warning(request, f"{problem.title}. {problem.detail}")
    return back(member, endpoint)


def name_of(endpoint: Endpoint) -> str:
    """Return what people call it."""
    return endpoint.description or urlsplit(endpoint.url).netloc


def in_trouble(endpoint: Endpoint, at: datetime) -> bool:
    """Return whether it takes nothing for long enough that people should look: a server that restarts is no news."""
    return endpoint.failing_since is not None and at - endpoint.failing_since >= NEWS


def page(request: HttpRequest, member: Membership, endpoint: Endpoint, *, secret: str = "") -> HttpResponse:
    """Return the page of one endpoint, with its secret when it has just got one."""
    before = id_in(request.GET.get("before", ""))
    at = clock.now()
    found = told.shown(endpoint, before, most=PAGE + 1, at=at)
    tests = queries.deliveries_of(endpoint).filter(type=TEST.name, state=DeliveryState.WAITING)
    context = {
        "endpoint": endpoint,
        "name": name_of(endpoint),
        "hears": hears.in_words(endpoint.event_types),
        "backlog": queries.backlog_of(endpoint),
        "why": _WHY.get(PausedFor(endpoint.paused_for)) if endpoint.paused_for else "",
        "in_trouble": in_trouble(endpoint, at),
        "pauses_at": endpoint.failing_since + PATIENCE if endpoint.failing_since else None,
        "deliveries": found[:PAGE],
        "older": found[PAGE - 1].id if len(found) > PAGE else None,
        "secret": secret,
        "key": ids.uuid7(),
        "may_change": may(member, Role.ADMIN),
        "may_test": may(member, Role.OPERATOR),
        "looks_again": AGAIN if request.method == "GET" and tests.exists() else 0,
    }
    return render_page(request, member, "webhook", context)


def render_page(
    request: HttpRequest, member: Membership, page: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """Return one of these pages, with what all of them show."""
    whole = {"tenant": member.tenant, "member": member, "key": ids.uuid7(), **context}
    return render(request, f"web/{page}.html", whole, status=status)


def find(member: Membership, pk: UUID) -> Endpoint:
    """Return the tenant's endpoint. :raises Http404: when it has no such one."""
    try:
        return queries.endpoint(pk, tenant=member.tenant_id)
    except Endpoint.DoesNotExist:
        raise Http404 from None


def key_of(request: HttpRequest) -> str | None:
    """Return what the form is known by: sent twice it does what it does once."""
    found = id_in(request.POST.get("key", ""))
    return f"form:{found}" if found else None


def id_in(text: str) -> UUID | None:
    """Return the id that a text is, if it is one."""
    with suppress(ValueError):
        return UUID(text)
    return None


def actor(member: Membership) -> str:
    """Return how the log names this member."""
    return f"user:{member.user_id}"


def back(member: Membership, endpoint: Endpoint) -> HttpResponseBase:
    """Lead to the endpoint's page."""
    return redirect("webhook", slug=member.tenant.slug, endpoint_id=endpoint.pk)
