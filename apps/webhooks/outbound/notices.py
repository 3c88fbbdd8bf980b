"""Who is told of an endpoint in trouble: the tenant's people, before and when it is paused, each time once."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from apps.events.models import Event
from apps.events.subscribers import Subscriber
from apps.notifications import audience
from apps.notifications.actions.notify import notify
from apps.notifications.letter import Letter, write
from apps.tenants.choices import NotifyOn
from apps.webhooks.models import Endpoint
from apps.webhooks.outbound.choices import PausedFor
from apps.webhooks.outbound.health import PATIENCE

ACTOR = "system:webhooks"
STALE = timedelta(days=1)  # nobody is told of last month when the log is read again


def act(events: Sequence[Event], at: datetime) -> None:
    """Tell of what a person did not do himself."""
    for event in events:
        by_hand = event.data.get("why") == PausedFor.BY_HAND
        if event.at > at - STALE and event.tenant and not by_hand:
            _tell(event, event.tenant, at)


SUBSCRIBER = Subscriber(verbs=frozenset({"webhook.failing", "webhook.paused"}), act=act)


def _tell(event: Event, tenant: UUID, at: datetime) -> None:
    pk = UUID(event.subject.partition(":")[2])
    rows = Endpoint.objects.for_tenant(tenant).select_related("tenant")
    endpoint = rows.filter(pk=pk, removed_at=None).first()
    if endpoint:
        notify(
            key=f"{event.verb}:{event.pk}",
            letter=_letter(event, endpoint),
            to=audience.people_of(tenant, NotifyOn.PAUSES, at=at),
            tenant=tenant,
            about=event.subject,
            actor=ACTOR,
            at=at,
        )


def _letter(event: Event, endpoint: Endpoint) -> Letter:
    since = event.data.get("failing_since")
    begun = datetime.fromisoformat(since) if since else event.at
    context = {
        "url": endpoint.url,
        "paused": event.verb == "webhook.paused",
        "gone": event.data.get("why") == PausedFor.GONE,
        "since": _moment(begun, endpoint),
        "pauses_at": _moment(begun + PATIENCE, endpoint),
    }
    return write("endpoint", context)


def _moment(at: datetime, endpoint: Endpoint) -> str:
    local = at.astimezone(ZoneInfo(endpoint.tenant.time_zone))
    return f"{local:%-d %B} at {local:%H:%M %Z}"
