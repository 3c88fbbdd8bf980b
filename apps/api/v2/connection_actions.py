"""What may be done with a connection: pause, resume, check, and where its reconnect begins."""

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.api.keys import KeyAuthentication, MayOperate, caller_of
from apps.api.v2.connections import find, one_to_json
from apps.api.v2.jobs import to_json as job_to_json
from apps.api.v2.operations import body_of, unknown_fields
from apps.api.v2.wanted import RequestInvalid
from apps.core import clock, said
from apps.recovery.actions.check_now import check_now
from apps.recovery.actions.pause import pause
from apps.recovery.actions.resume import resume_paused
from apps.recovery.standings import standings

LONGEST_WHY = 500


class ConnectionPauseView(APIView):
    """POST /api/v2/connections/<id>/pause {"why": "..."}"""

    authentication_classes = (KeyAuthentication,)
    permission_classes = (MayOperate,)

    def post(self, request: Request, connection: UUID) -> Response:
        """Stop it until somebody resumes it; what waits is held. 409 when it does not publish anyway."""
        caller, found = caller_of(request), find(request, connection)
        raw = body_of(request)
        why, problems = raw.get("why", ""), unknown_fields(raw, {"why"})
        if not isinstance(why, str) or len(why) > LONGEST_WHY or not said.can_be_kept(why):
            words = f"It must be text of {LONGEST_WHY} characters at most."
            problems.append({"field": "why", "rule": "text", "message": words})
        _refuse(problems)
        pause(found, why=why, actor=caller.actor, at=clock.now())
        return Response(one_to_json(find(request, connection)))


class ConnectionResumeView(APIView):
    """POST /api/v2/connections/<id>/resume {"backfill": true}"""

    authentication_classes = (KeyAuthentication,)
    permission_classes = (MayOperate,)

    def post(self, request: Request, connection: UUID) -> Response:
        """Let it publish again, and what its authorisation serves besides; 409 when it is not paused."""
        caller, found = caller_of(request), find(request, connection)
        raw = body_of(request)
        backfill, problems = raw.get("backfill", True), unknown_fields(raw, {"backfill"})
        if not isinstance(backfill, bool):
            problems.append({"field": "backfill", "rule": "boolean", "message": "Say true or false."})
        _refuse(problems)
        back = resume_paused(found, actor=caller.actor, at=clock.now(), backfill=backfill)
        others = [str(one.pk) for one in back if one.pk != connection]
        return Response({**one_to_json(find(request, connection)), "also_resumed": others})


class ConnectionCheckView(APIView):
    """POST /api/v2/connections/<id>/health-check"""

    authentication_classes = (KeyAuthentication,)
    permission_classes = (MayOperate,)

    def post(self, request: Request, connection: UUID) -> Response:
        """Ask the partner at once, whatever holds the lane: 201 with the job, 200 when one is on its way."""
        caller, at, found = caller_of(request), clock.now(), find(request, connection)
        _refuse(unknown_fields(body_of(request), frozenset()))
        job, new = check_now(found, actor=caller.actor, at=at)
        return Response(job_to_json(job, at=at), status=201 if new else 200)


class ReconnectUrlView(APIView):
    """GET /api/v2/connections/<id>/reconnect-url?scope_fix=true"""

    authentication_classes = (KeyAuthentication,)
    permission_classes = (MayOperate,)

    def get(self, request: Request, connection: UUID) -> Response:
        """Return where a person begins the reconnect in a browser, signed in as an operator of the tenant."""
        found, wanted = find(request, connection), request.query_params.get("scope_fix")
        if wanted not in {None, "true", "false"}:
            _refuse([{"field": "scope_fix", "rule": "boolean", "message": "Say true or false."}])
        (standing,) = standings([found], tenant=found.tenant_id)
        url = standing.reconnect_url(scope_fix=None if wanted is None else wanted == "true")
        return Response(
            {
                "connection": str(found.pk),
                "reconnect_url": url,
                "missing_scopes": list(standing.missing),
                "missing_permissions": standing.missing_in_words,
            }
        )


def _refuse(problems: list[dict[str, Any]]) -> None:
    if problems:
        raise RequestInvalid(detail="Nothing was done.", fields=problems)
