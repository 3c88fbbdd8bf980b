"""Errors: how many of which, what a partner's answer means, and the breakers of lanes."""

from datetime import timedelta
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.api.keys import HasScope, KeyAuthentication, MayOperate, ScopeMissing, caller_of
from apps.api.v2.operations import body_of, unknown_fields
from apps.api.v2.wanted import RequestInvalid
from apps.core import clock
from apps.errors.classifier import classify_partner_error
from apps.errors.rules.tables import TABLES
from apps.errors.taxonomy import get_user_message
from apps.jobs import queries
from apps.jobs.actions.reset_breaker import reset_breaker
from apps.jobs.models import Lane, LaneBreaker

PERIODS = {
    "1h": timedelta(hours=1),
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
}
ANSWER = frozenset({"platform", "status", "body", "headers", "operation"})


class MayRead(HasScope):
    """Naming an answer stores nothing: reading is enough, whatever the method."""

    for_writes = HasScope.for_reads


class StatsView(APIView):
    """GET /api/v2/errors/stats?period=24h"""

    authentication_classes = (KeyAuthentication,)
    permission_classes = (HasScope,)

    def get(self, request: Request) -> Response:
        """Return how often each code came, and what waits among the dead letters."""
        caller, at = caller_of(request), clock.now()
        period = request.query_params.get("period", "24h")
        if period not in PERIODS:
            words = f"Say one of {', '.join(PERIODS)}."
            raise _invalid([{"field": "period", "rule": "choice", "message": words}])
        since = at - PERIODS[period]
        return Response(
            {
                "period": period,
                "since": since.isoformat(),
                "codes": queries.error_counts(tenant=caller.tenant, since=since),
                "open_dead_letters": queries.open_letters(tenant=caller.tenant).count(),
            }
        )


class ClassifyView(APIView):
    """POST /api/v2/errors/classify"""

    authentication_classes = (KeyAuthentication,)
    permission_classes = (MayRead,)

    def post(self, request: Request) -> Response:
        """Name a partner's answer, without storing it."""
        raw = body_of(request)
        problems = unknown_fields(raw, ANSWER) + _wrong_in(raw)
        if problems:
            raise _invalid(problems)
        found = classify_partner_error(
            raw["platform"],
            raw.get("status", 0),
            raw.get("body"),
            raw.get("headers"),
            operation=raw.get("operation", "publish"),
        )
        return Response(
            {
                "code": found.code,
                "rule": found.rule_id,
                "confidence": found.confidence,
                "action": found.action,
                "severity": found.entry.severity,
                "scope": found.scope,
                "retryable": found.retryable,
                "proves_refusal": found.proof,
                "retry_after": found.retry_after,
                "message": get_user_message(found.code, found.platform),
                "runbook": found.entry.runbook,
            }
        )


class BreakerView(APIView):
    """GET and POST /api/v2/errors/circuit-breaker/<lane>"""

    authentication_classes = (KeyAuthentication,)
    permission_classes = (MayOperate,)

    def get(self, request: Request, lane: str) -> Response:
        """Return whether the lane's partner is left alone, and until when."""
        return Response(breaker_to_json(_lane(request, lane)))

    def post(self, request: Request, lane: str) -> Response:
        """`{"action": "reset"}` forgets the failures and lets the lane go on."""
        found, caller = _lane(request, lane), caller_of(request)
        if body_of(request).get("action") != "reset":
            raise _invalid([{"field": "action", "rule": "choice", "message": "Say reset."}])
        reset_breaker(found, actor=caller.actor, at=clock.now())
        return Response(breaker_to_json(found))


def breaker_to_json(lane: Lane) -> dict[str, Any]:
    """Return a lane's breaker."""
    at, row = clock.now(), LaneBreaker.objects.filter(lane=lane).first()
    until = row.until if row else None
    state = "closed" if until is None else "open" if until > at else "half_open"
    return {
        "lane": lane.key,
        "state": state,
        "until": until.isoformat() if until else None,
        "rests": row.rests if row else 0,
        "recent_failures": sum(1 for _, worked in row.recent if not worked) if row else 0,
    }


def _lane(request: Request, key: str) -> Lane:
    """Return the caller's lane, named by its key or by its connection's id."""
    if key.startswith("platform:"):
        raise ScopeMissing(detail="What stops a whole partner belongs to the operations staff.")
    key = key.replace("\x00", "")
    keys = [key, f"connection:{key}"]
    return Lane.objects.for_tenant(caller_of(request).tenant).get(key__in=keys)


def _wrong_in(raw: dict[str, Any]) -> list[dict[str, str]]:
    problems = []
    if not isinstance(raw.get("platform"), str) or raw["platform"] not in TABLES:
        words = f"Say one of {', '.join(sorted(TABLES))}."
        problems.append({"field": "platform", "rule": "choice", "message": words})
    status = raw.get("status", 0)
    if isinstance(status, bool) or not isinstance(status, int):
        problems.append({"field": "status", "rule": "number", "message": "Say the HTTP status."})
    if not isinstance(raw.get("headers", {}), dict):
        problems.append({"field": "headers", "rule": "type", "message": "Send an object."})
    if not isinstance(raw.get("operation", ""), str):
        problems.append({"field": "operation", "rule": "type", "message": "This must be text."})
    return problems


def _invalid(problems: list[dict[str, str]]) -> RequestInvalid:
    return RequestInvalid(detail="Nothing was done.", fields=problems)
