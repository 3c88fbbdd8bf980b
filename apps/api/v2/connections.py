"""Connections: list them, look at one, and how each stands."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.api.keys import KeyAuthentication, MayOperate, caller_of
from apps.api.v2.paging import page
from apps.connections.choices import ConnectionStatus, Platform
from apps.connections.models import Connection
from apps.jobs.queries import waiting_counts
from apps.recovery.standings import Standing, standings
from apps.recovery.words import partner_name

FILTERS = {"status": ConnectionStatus.values, "platform": Platform.values}


class ConnectionsView(APIView):
    """GET /api/v2/connections?status=attention&platform=meta"""

    authentication_classes = (KeyAuthentication,)
    permission_classes = (MayOperate,)

    def get(self, request: Request) -> Response:
        """Return the tenant's connections, newest first."""
        caller, said = caller_of(request), request.query_params
        chosen = {name: said[name] for name in FILTERS if name in said}
        problems = [
            {"field": name, "rule": "choice", "message": f"Say one of {', '.join(FILTERS[name])}."}
            for name, value in chosen.items()
            if value not in FILTERS[name]
        ]
        found, following = page(_mine(caller.tenant).filter(**chosen), request, problems=problems)
        return Response({"connections": to_json(found, tenant=caller.tenant), "next_cursor": following})


class ConnectionView(APIView):
    """GET /api/v2/connections/<id>"""

    authentication_classes = (KeyAuthentication,)
    permission_classes = (MayOperate,)

    def get(self, request: Request, connection: UUID) -> Response:
        """Return one."""
        return Response(one_to_json(find(request, connection)))


def find(request: Request, connection: UUID) -> Connection:
    """Return the caller's connection. :raises ObjectDoesNotExist: also for somebody else's."""
    return _mine(caller_of(request).tenant).get(pk=connection)


def to_json(rows: Sequence[Connection], *, tenant: UUID) -> list[dict[str, Any]]:
    """Return connections with how they stand; as many questions for one as for a page."""
    waiting = waiting_counts([one.pk for one in rows], tenant=tenant)
    return [
        _to_json(standing, waiting.get(standing.connection.pk, 0))
        for standing in standings(rows, tenant=tenant)
    ]


def one_to_json(connection: Connection) -> dict[str, Any]:
    """Return one connection."""
    return to_json([connection], tenant=connection.tenant_id)[0]


def standing_to_json(standing: Standing) -> dict[str, Any]:
    """Return what keeps a connection from publishing, in words and for programs."""
    connection = standing.connection
    return {
        "id": str(connection.pk),
        "name": connection.name,
        "platform": connection.platform,
        "partner": partner_name(connection),
        "status": connection.status,
        "needs": standing.needs,
        "sentence": standing.sentence or None,
        "since": standing.since.isoformat() if standing.since else None,
        "code": connection.pause_reason or None,
        "paused_by": connection.paused_by or None,
        "incident": standing.incident.family if standing.incident else None,
        "reconnect_url": standing.remedy or None,
    }


def _to_json(standing: Standing, waiting: int) -> dict[str, Any]:
    connection, ends = standing.connection, standing.connection.grant.authorised_until
    checked = connection.last_health_check
    return {
        **standing_to_json(standing),
        "account_type": connection.account_type,
        "external_id": connection.external_id,
        "missing_scopes": list(standing.missing),
        "missing_permissions": standing.missing_in_words,
        "waiting": waiting,
        "last_health_check": checked.isoformat() if checked else None,
        "authorised_until": ends.isoformat() if ends else None,
        "created_at": connection.created_at.isoformat(),
    }


def _mine(tenant: UUID) -> QuerySet[Connection]:
    return Connection.objects.for_tenant(tenant).select_related("grant")
