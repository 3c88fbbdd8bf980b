"""What happened to a connection, newest first."""

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.api.keys import HasScope, KeyAuthentication
from apps.api.v2.connections import find
from apps.api.v2.paging import page
from apps.connections.models import Connection
from apps.events import queries as events
from apps.events.models import Event
from apps.recovery import timeline


class TimelineView(APIView):
    """GET /api/v2/connections/<id>/timeline"""

    authentication_classes = (KeyAuthentication,)
    permission_classes = (HasScope,)

    def get(self, request: Request, connection: UUID) -> Response:
        """Return its events in plain words, with the facts that programs need."""
        found = find(request, connection)
        rows, following = page(events.timeline(found.lane_key, tenant=found.tenant_id), request)
        return Response({"events": [to_json(one, found) for one in rows], "next_cursor": following})


def to_json(event: Event, connection: Connection) -> dict[str, Any]:
    """Return one event."""
    return {
        "id": str(event.pk),
        "at": event.at.isoformat(),
        "event": event.verb,
        "sentence": timeline.sentence(event, connection),
        "actor": timeline.who(event),
        "cycle": str(event.cycle) if event.cycle else None,
        "facts": timeline.facts(event),
    }
