"""Who may see a tenant's pages: its members, and nobody else learns that it exists."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils import timezone
from django.views.decorators.cache import never_cache

from apps.core import context
from apps.tenants import queries
from apps.tenants.choices import Role
from apps.tenants.models import Membership
from apps.web.viewing import viewed

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, Membership, P], HttpResponseBase]


def for_members(role: Role = Role.VIEWER) -> Callable[[View[P]], Callable[..., HttpResponseBase]]:
    """
    Let a view of `/t/<slug>/` in only with a member of at least this role; the member is its second argument.

    No browser and no proxy keeps the page: after the sign-out nobody leafs back to it.
    """

    def decorate(view: View[P]) -> Callable[..., HttpResponseBase]:
        @never_cache
        @login_required
        @wraps(view)
        def guarded(request: HttpRequest, slug: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            member = viewed(request, slug) or queries.membership(request.user, slug)  # type: ignore[arg-type]
            if member is None or not queries.may(member, role):
                raise Http404
            context.note_tenant(member.tenant_id)
            with timezone.override(ZoneInfo(member.tenant.time_zone)):  # the clock that its mails go by, too
                return view(request, member, *args, **kwargs)

        return guarded

    return decorate


def session_of(request: HttpRequest) -> str:
    """Return the key of the browser's session, which every browser with somebody signed in has."""
    if not request.session.session_key:
        request.session.create()
    return str(request.session.session_key)


def person(request: HttpRequest) -> UUID:
    """Return who is signed in; for views that let nobody else in."""
    return UUID(str(request.user.pk))
