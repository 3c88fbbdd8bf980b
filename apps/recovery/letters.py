"""The words of recovery's notices, for tenants and for operations."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse

from apps.connections.models import Connection
from apps.notifications.letter import Action, Letter, write
from apps.recovery.links import reconnect_link
from apps.recovery.words import build_pause_reason, partner_name
from apps.tenants.models import Tenant


def reconnect(
    stopped: Sequence[Sequence[Connection]],
    *,
    tenant: Tenant,
    waiting: int,
    told: int,
    last: bool,
    by_themselves: bool,
    at: datetime,
) -> Letter:
    """Say what stopped and since when, sign-in by sign-in, what waits, and offer the one button that leads on."""
    first = stopped[0][0]
    since = min(one.paused_at or at for each in stopped for one in each).astimezone(
        ZoneInfo(tenant.time_zone)
    )
    context = {
        "account": first.name,
        "others": sum(map(len, stopped)) - 1,
        "partner": partner_name(first),
        "sign_ins": [_sign_in(each) for each in stopped],
        "since": f"{since:%-d %B} at {since:%H:%M %Z}",
        "waiting": waiting,
        "again": told > 0,
        "last": last,
    }
    return write("reconnect", context, action=_way(stopped, tenant, at) if by_themselves else None)


def _sign_in(stopped: Sequence[Connection]) -> dict[str, object]:
    first = stopped[0]
    return {
        "partner": partner_name(first),
        "accounts": [one.name for one in stopped],
        "why": build_pause_reason(first.pause_reason, first),
    }


def _way(stopped: Sequence[Sequence[Connection]], tenant: Tenant, at: datetime) -> Action:
    """One sign-in is a click away; of several each has its button on the page."""
    first = stopped[0][0]
    if len(stopped) == 1:
        return Action(f"Reconnect {partner_name(first)}", reconnect_link(first, at))
    return Action(
        "See what to reconnect", f"{settings.PUBLIC_URL}{reverse('connections', args=[tenant.slug])}"
    )


def operations(title: str, *sentences: str) -> Letter:
    """Say what operations must know, with a button to the console."""
    action = Action("Open the console", f"{settings.PUBLIC_URL}{reverse('admin:index')}")
    return write("operations", {"title": title, "sentences": sentences}, action=action)
