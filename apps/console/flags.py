"""The flags: what is on for each tenant, and the switches; each change is written down with what was before."""

from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from apps.console.page import actor, needs, show
from apps.console.turn import turn
from apps.core import clock
from apps.events import log
from apps.tenants import flags
from apps.tenants.choices import Flag
from apps.tenants.house import HOUSE
from apps.tenants.models import Tenant

PAGE = 50


@needs("tenants.view_tenant")
def show_flags(request: HttpRequest) -> HttpResponseBase:
    """List the tenants with their switches; a press on one posts to this page."""
    if request.method == "POST":
        return _switch(request)
    wanted = request.GET.get("q", "").strip()
    rows = Tenant.objects.exclude(pk=HOUSE).filter(name__icontains=wanted)
    page = turn(request, rows, by="name", size=PAGE)
    on = flags.switches(tenant.pk for tenant in page.rows)
    lines = [(tenant, [(flag, on[tenant.pk][flag]) for flag in Flag]) for tenant in page.rows]
    return show(
        request, "console/flags.html", "Flags", {"page": page, "lines": lines, "flags": Flag, "q": wanted}
    )


@needs("tenants.change_tenant")
def _switch(request: HttpRequest) -> HttpResponseBase:
    tenant, flag, on = _asked(request)
    at = clock.now()
    with transaction.atomic():
        before = flags.switch(tenant=tenant.pk, flag=flag, on=on, actor=actor(request), at=at)
        log.record(
            "flag.switched",
            tenant=tenant.pk,
            subject=f"tenant:{tenant.pk}",
            actor=actor(request),
            at=at,
            data={"flag": flag.value, "before": before, "after": on},
        )
    messages.success(request, f"{flag.label} is {'on' if on else 'off'} for {tenant.name}.")
    return redirect("admin:flags")


def _asked(request: HttpRequest) -> tuple[Tenant, Flag, bool]:
    try:
        tenant = Tenant.objects.exclude(pk=HOUSE).get(pk=UUID(request.POST.get("tenant", "")))
        return tenant, Flag(request.POST.get("flag", "")), request.POST.get("on") == "1"
    except (ValueError, Tenant.DoesNotExist):
        raise Http404 from None
