"""Drills: break something on purpose and read what the house made of it. Only where CHAOS_TESTS_ENABLED is on."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.api.keys import KeyAuthentication, MayConfigure, caller_of
from apps.api.v2.operations import body_of, unknown_fields
from apps.api.v2.wanted import RequestInvalid
from apps.core import clock
from apps.core.drilling import drills
from apps.core.ids import id_of

FIELDS = frozenset({"name", "connections", "duration_seconds", "rate"})


class DrillsView(APIView):
    """GET /api/v2/drills, POST /api/v2/drills"""

    authentication_classes = (KeyAuthentication,)
    permission_classes = (MayConfigure,)

    def get(self, request: Request) -> Response:
        """Return the newest report cards."""
        return Response({"drills": drills().cards(tenant=caller_of(request).tenant)})

    def post(self, request: Request) -> Response:
        """Ask for a drill on connections of the caller; 403 where drills are off, 409 when it is refused."""
        raw, caller = body_of(request), caller_of(request)
        problems = unknown_fields(raw, FIELDS)
        name = raw.get("name")
        if not isinstance(name, str) or name not in drills().offered():
            words = f"Say one of {', '.join(sorted(drills().offered()))}."
            problems.append({"field": "name", "rule": "choice", "message": words})
        connections = _connections(raw.get("connections"), problems)
        duration = _number(raw, "duration_seconds", 60, problems)
        rate = _number(raw, "rate", 30, problems)
        if problems:
            raise RequestInvalid(detail="Nothing was done.", fields=problems)
        card = drills().start(
            str(name),
            tenant=caller.tenant,
            connections=connections,
            duration=timedelta(seconds=duration),
            rate=round(rate),
            actor=caller.actor,
            at=clock.now(),
        )
        return Response(card, status=201)


class DrillView(APIView):
    """GET /api/v2/drills/<id>"""

    authentication_classes = (KeyAuthentication,)
    permission_classes = (MayConfigure,)

    def get(self, request: Request, drill: UUID) -> Response:
        """Return the report card, also of a drill that still runs."""
        return Response(drills().card(drill, tenant=caller_of(request).tenant))


class DrillAbortView(APIView):
    """POST /api/v2/drills/<id>/abort"""

    authentication_classes = (KeyAuthentication,)
    permission_classes = (MayConfigure,)

    def post(self, request: Request, drill: UUID) -> Response:
        """Let it end now: what it broke is healed within seconds. 409 when it is over."""
        caller = caller_of(request)
        return Response(drills().abort(drill, tenant=caller.tenant, actor=caller.actor, at=clock.now()))


def _connections(said: Any, problems: list[dict[str, str]]) -> list[UUID]:
    found = [id_of(one) for one in said] if isinstance(said, list) else []
    if not found or None in found:
        words = "Name one or more of your connections by id, in a list."
        problems.append({"field": "connections", "rule": "list", "message": words})
    return [one for one in found if one]


def _number(raw: dict[str, Any], field: str, usual: float, problems: list[dict[str, str]]) -> float:
    said = raw.get(field, usual)
    if isinstance(said, bool) or not isinstance(said, int | float) or not 1 <= said <= 1800:  # noqa: PLR2004 - half an hour
        problems.append({"field": field, "rule": "number", "message": "Say a number from 1 to 1800."})
        return usual
    return float(said)
