"""Turns what happens into deliveries: one for each event and each endpoint that wants to hear of it.

It may be given an event twice (a crash, a reset); a delivery is stored once for each event and endpoint, and the
sequence counts it once. It is the only one that counts, under the lock of its cursor.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from apps.core import ids
from apps.events.models import Event
from apps.events.subscribers import Subscriber
from apps.jobs.models import Job
from apps.webhooks.catalogue.payload import render
from apps.webhooks.catalogue.types import BY_VERB
from apps.webhooks.models import Delivery, Endpoint
from apps.webhooks.outbound.actions.deliver import KIND, TEST_KIND, Origin, send

VERBS = frozenset(verb for verb, of in BY_VERB.items() if of.goes_out)
_OURS = {KIND, TEST_KIND}


def act(events: Sequence[Event], at: datetime) -> None:
    """Store the deliveries of these events, in their order."""
    # What is older than deliveries are kept may have been told: nobody could say any more.
    oldest = at - timedelta(days=settings.DELIVERY_DAYS)
    telling = [one for one in events if one.tenant and one.at > oldest and not _is_about_telling(one)]
    endpoints = _listening({one.tenant for one in telling if one.tenant})
    if not endpoints:
        return
    known = _known(telling, endpoints)
    fresh = list(_fresh(telling, endpoints, known, at))
    if fresh:
        Endpoint.objects.across_tenants().bulk_update(endpoints, ["sequence"])
        send(fresh, {one.pk: one for one in endpoints}, origins=_origins(telling), at=at)


SUBSCRIBER = Subscriber(verbs=VERBS, act=act)


def _origins(events: Sequence[Event]) -> dict[UUID, Origin]:
    """Return where events come from that belong to a job, with one query."""
    jobs = {one.pk: UUID(one.data["job"]) for one in events if one.data.get("job")}
    asked = dict(Job.objects.across_tenants().filter(pk__in=jobs.values()).values_list("pk", "request"))
    return {
        one.pk: Origin(one.cycle, asked.get(jobs[one.pk]) if one.pk in jobs else None)
        for one in events
        if one.cycle
    }


def _is_about_telling(event: Event) -> bool:
    """A delivery that fails, waits or works is an event like any other; telling of it would never end."""
    return event.data.get("kind") in _OURS or event.subject.startswith("endpoint:")


def _listening(tenants: Iterable[UUID]) -> list[Endpoint]:
    rows = Endpoint.objects.across_tenants().filter(tenant__in=list(tenants), removed_at=None)
    return list(rows.select_for_update(of=("self",), no_key=True).order_by("pk"))


def _known(events: Sequence[Event], endpoints: Sequence[Endpoint]) -> set[tuple[UUID, UUID]]:
    rows = Delivery.objects.across_tenants().filter(
        endpoint__in=endpoints, event__in=[one.pk for one in events]
    )
    return set(rows.values_list("endpoint", "event"))


def _fresh(
    events: Sequence[Event], endpoints: Sequence[Endpoint], known: set[tuple[UUID, UUID]], at: datetime
) -> Iterator[Delivery]:
    of_tenant: dict[UUID, list[Endpoint]] = defaultdict(list)
    for endpoint in endpoints:
        of_tenant[endpoint.tenant_id].append(endpoint)
    for event in events:
        for endpoint in of_tenant[event.tenant] if event.tenant else ():
            of = BY_VERB[event.verb]
            if (
                event.at >= endpoint.created_at
                and endpoint.wants(of.name)
                and (endpoint.pk, event.pk) not in known
            ):
                endpoint.sequence += 1
                yield _delivery(event, endpoint, render(event, of, sequence=endpoint.sequence), at)


def _delivery(event: Event, endpoint: Endpoint, body: str, at: datetime) -> Delivery:
    return Delivery(
        id=ids.uuid7(),
        tenant_id=endpoint.tenant_id,
        endpoint=endpoint,
        event=event.pk,
        type=BY_VERB[event.verb].name,
        sequence=endpoint.sequence,
        event_at=event.at,
        body=body,
        job=ids.uuid7(),
        created_at=at,
    )
