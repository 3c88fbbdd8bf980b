"""What drills leave in the log about connections: answers of a stage, which say nothing of partners."""

from collections.abc import Sequence
from uuid import UUID

from apps.connections.models import EgressRoute
from apps.events.models import Event


def without(events: Sequence[Event]) -> list[Event]:
    """Leave out what is told of connections while a drill led them to its stage; one query."""
    subjects = {UUID(event.subject.removeprefix("connection:")) for event in events}
    routes = EgressRoute.objects.across_tenants().filter(connection__in=subjects)
    spans = [
        (f"connection:{connection}", opened_at, closed_at or until)
        for connection, opened_at, closed_at, until in routes.values_list(
            "connection", "opened_at", "closed_at", "until"
        )
    ]
    return [
        event
        for event in events
        if not any(event.subject == subject and begin <= event.at <= end for subject, begin, end in spans)
    ]
