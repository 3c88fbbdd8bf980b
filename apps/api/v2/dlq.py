"""Dead letters: list them, look at one, replay or resolve many."""

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.api.keys import KeyAuthentication, MayOperate, caller_of
from apps.api.v2.operations import StartView, check, forecast_to_json
from apps.api.v2.paging import page
from apps.core import clock
from apps.jobs.models import DeadLetter
from apps.recovery.choices import OperationKind
from apps.recovery.operations.letters import open_letters
from apps.recovery.operations.preview import preview

FILTERS = ("code", "rule", "platform", "kind", "reason", "created_after", "created_before")


class LettersView(APIView):
    """GET /api/v2/dlq"""

    authentication_classes = (KeyAuthentication,)
    permission_classes = (MayOperate,)

    def get(self, request: Request) -> Response:
        """Return the open dead letters, newest first; `state=all` adds those that were put aside."""
        caller, said = caller_of(request), request.query_params
        chosen: dict[str, Any] = {name: said[name] for name in FILTERS if name in said}
        if "connection" in said:
            chosen["connections"] = [said["connection"]]
        asked = check(OperationKind.REPLAY, chosen, {}, [])
        rows = open_letters(asked.filter, tenant=caller.tenant, resolved_too=said.get("state") == "all")
        found, following = page(rows, request)
        return Response({"dead_letters": [to_json(one) for one in found], "next_cursor": following})


class LetterView(APIView):
    """GET /api/v2/dlq/<id>"""

    authentication_classes = (KeyAuthentication,)
    permission_classes = (MayOperate,)

    def get(self, request: Request, letter: UUID) -> Response:
        """Return one with its evidence and what a replay would lead to now."""
        caller = caller_of(request)
        found = DeadLetter.objects.for_tenant(caller.tenant).get(pk=letter)
        asked = check(OperationKind.REPLAY, {"ids": [str(letter)]}, {}, [])
        rows = preview(asked, tenant=caller.tenant, at=clock.now()).rows
        would = forecast_to_json(rows[0][1]) if rows else None
        return Response(
            {**to_json(found), "evidence": found.evidence, "payload": found.payload, "would": would}
        )


class ReplayView(StartView):
    """POST /api/v2/dlq/replay, POST /api/v2/errors/retry"""

    kind = OperationKind.REPLAY


class ReplayDryRunView(StartView):
    """POST /api/v2/dlq/replay/dry-run"""

    kind = OperationKind.REPLAY
    dry_run = True


class ResolveView(StartView):
    """POST /api/v2/dlq/resolve, POST /api/v2/errors/resolve"""

    kind = OperationKind.RESOLVE


def to_json(letter: DeadLetter) -> dict[str, Any]:
    """Return a dead letter as lists show it."""
    return {
        "id": str(letter.pk),
        "job": str(letter.job_id),
        "connection": str(letter.connection) if letter.connection else None,
        "platform": letter.platform,
        "kind": letter.kind,
        "reason": letter.reason,
        "error": {"code": letter.error_code, "message": letter.message, "rule": letter.rule_id},
        "action": letter.action,
        "runbook": letter.runbook,
        "retries": letter.retries,
        "first_attempt_at": letter.first_attempt_at.isoformat() if letter.first_attempt_at else None,
        "last_attempt_at": letter.last_attempt_at.isoformat() if letter.last_attempt_at else None,
        "created_at": letter.created_at.isoformat(),
        "resolution": {
            "how": letter.resolution,
            "at": letter.resolved_at.isoformat(),
            "note": letter.note,
            "edited": letter.edit is not None,
        }
        if letter.resolved_at
        else None,
    }
