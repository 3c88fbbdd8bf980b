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
    stopped: Sequence[Connection],
    *,
    tenant: Tenant,
    waiting: int,
    told: int,
    last: bool,
    by_themselves: bool,
    at: datetime,
) -> Letter:
    """Say what stopped and since when, what waits, and offer the one button that mends all of it."""
    first = stopped[0]
    partner = partner_name(first)
    since = (first.paused_at or at).astimezone(ZoneInfo(tenant.time_zone))
    context = {
        "partner": partner,
        "accounts": [one.name for one in stopped],
        "others": len(stopped) - 1,
        "why": build_pause_reason(first.pause_reason, first),
        "since": f"{since:%-d %B} at {since:%H:%M %Z}",
        "waiting": waiting,
        "again": told > 0,
        "last": last,
    }
    action = Action(f"Reconnect {partner}", reconnect_link(first, at)) if by_themselves else None
    return write("reconnect", context, action=action)


def operations(title: str, *sentences: str) -> Letter:
    """Say what operations must know, with a button to the console."""
    action = Action("Open the console", f"{settings.PUBLIC_URL}{reverse('admin:index')}")
    return write("operations", {"title": title, "sentences": sentences}, action=action)
