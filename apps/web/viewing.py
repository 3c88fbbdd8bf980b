"""While staff see a tenant's pages as one of its people: each page says so, nothing can be changed, and it ends."""

from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from apps.core import clock
from apps.events import log
from apps.tenants import viewing
from apps.tenants.models import Membership
from apps.tenants.viewing import PERMISSION, Viewing

_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_STARTS_SOMETHING = ("/api/oauth/", "/reconnect/")  # on GET, as partners and mails send people there


class SeeAs:
    """Middleware: knows whose eyes the browser has, and refuses whatever would change something."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        now = None if _is_elsewhere(request) else _now(request)
        request.viewing = now  # type: ignore[attr-defined]
        if now and request.path == reverse("logout"):
            _end(request, now, clock.now())
        elif now and _would_change(request) and request.path != reverse("see_as_end"):
            context = {"tenant": now.member.tenant, "member": now.member}
            return render(request, "web/only_looking.html", context, status=403)
        return self._get_response(request)


def viewed(request: HttpRequest, slug: str) -> Membership | None:
    """Return as whom somebody of the staff looks at this tenant's pages."""
    now: Viewing | None = getattr(request, "viewing", None)
    return now.member if now and now.member.tenant.slug == slug else None


@require_POST
def end(request: HttpRequest) -> HttpResponseBase:
    """Be oneself again, in the console."""
    now: Viewing | None = getattr(request, "viewing", None)
    if now:
        _end(request, now, clock.now())
    return redirect("admin:index")


def _is_elsewhere(request: HttpRequest) -> bool:
    """Programs and the console are not looked at with other eyes."""
    return request.path.startswith("/admin/") or settings.SESSION_COOKIE_NAME not in request.COOKIES


def _would_change(request: HttpRequest) -> bool:
    return request.method not in _READS or request.path.startswith(_STARTS_SOMETHING)


def _now(request: HttpRequest) -> Viewing | None:
    """Return what goes on; what is over, or no longer allowed, ends here."""
    found = viewing.read(request.session)
    if found is None:
        return None
    at = clock.now()
    if at < found.until and request.user.has_perm(PERMISSION):
        return found
    _end(request, found, min(at, found.until))
    return None


def _end(request: HttpRequest, now: Viewing, at: datetime) -> None:
    viewing.end(request.session)
    log.record(
        "staff.view_ended",
        tenant=now.member.tenant_id,
        subject=f"user:{now.member.user_id}",
        actor=f"staff:{request.user.pk}",
        at=at,
    )
