"""Operations: what would happen, then do it to all, follow it, pause it, abort it."""

from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.api.keys import KeyAuthentication, MayOperate, caller_of
from apps.api.v2.paging import page
from apps.api.v2.wanted import RequestInvalid
from apps.core import clock
from apps.recovery import filters, queries
from apps.recovery.actions import operate
from apps.recovery.choices import OperationKind
from apps.recovery.filters import Asked, OperationInvalid
from apps.recovery.models import Operation, OperationItem
from apps.recovery.operations.preview import Preview, first_rows, preview
from apps.recovery.predict import Forecast

FIELDS = frozenset({"kind", "filter", "options", "dry_run", "idempotency_key"})
FIRST = 20


class OperationsView(APIView):
    """GET /api/v2/operations, POST /api/v2/operations"""

    authentication_classes = (KeyAuthentication,)
    permission_classes = (MayOperate,)

    def get(self, request: Request) -> Response:
        """Return the tenant's operations, newest first."""
        rows, following = page(queries.operations_of(tenant=caller_of(request).tenant), request)
        return Response({"operations": [to_json(one) for one in rows], "next_cursor": following})

    def post(self, request: Request) -> Response:
        """Start one, or with `dry_run` say what it would do."""
        raw = body_of(request)
        problems = unknown_fields(raw, FIELDS)
        dry_run = raw.get("dry_run", False)
        if not isinstance(dry_run, bool):
            problems.append({"field": "dry_run", "rule": "boolean", "message": "Say true or false."})
        asked = check(raw.get("kind"), raw.get("filter"), raw.get("options"), problems)
        return dry_run_of(asked, request) if dry_run else begin(asked, request, raw)


class StartView(APIView):
    """POST of one kind: the wish is in the body's own fields."""

    authentication_classes = (KeyAuthentication,)
    permission_classes = (MayOperate,)
    kind: ClassVar[OperationKind]
    dry_run: ClassVar[bool] = False

    def post(self, request: Request) -> Response:
        """Start it, or say what it would do."""
        raw = body_of(request)
        names = filters.OPTIONS[self.kind]
        problems = unknown_fields(raw, {"filter", "ids", "idempotency_key", *names})
        chosen = raw.get("filter")
        if "ids" in raw and isinstance(chosen, dict | None):
            chosen = {**(chosen or {}), "ids": raw["ids"]}
        options = {name: raw[name] for name in names if name in raw}
        asked = check(self.kind, chosen, options, problems)
        return dry_run_of(asked, request) if self.dry_run else begin(asked, request, raw)


class OperationView(APIView):
    """GET /api/v2/operations/<id>"""

    authentication_classes = (KeyAuthentication,)
    permission_classes = (MayOperate,)

    def get(self, request: Request, operation: UUID) -> Response:
        """Return how far it is."""
        return Response(to_json(_find(request, operation)))


class OperationItemsView(APIView):
    """GET /api/v2/operations/<id>/items"""

    authentication_classes = (KeyAuthentication,)
    permission_classes = (MayOperate,)

    def get(self, request: Request, operation: UUID) -> Response:
        """Return what became of each subject, in the order in which they were taken."""
        rows, following = page(queries.items_of(_find(request, operation)), request, newest_first=False)
        return Response({"items": [item_to_json(one) for one in rows], "next_cursor": following})


class SteerView(APIView):
    """POST /api/v2/operations/<id>/pause, /resume, /abort"""

    authentication_classes = (KeyAuthentication,)
    permission_classes = (MayOperate,)
    verb = ""  # of the route

    def post(self, request: Request, operation: UUID) -> Response:
        """Carry the word out; it takes effect after the slice that is under way."""
        caller, found = caller_of(request), _find(request, operation)
        act: Callable[..., Operation] = {
            "pause": operate.pause,
            "resume": operate.go_on,
            "abort": operate.abort,
        }[self.verb]
        return Response(to_json(act(found.pk, tenant=caller.tenant, actor=caller.actor, at=clock.now())))


def body_of(request: Request) -> dict[str, Any]:
    """Return the body. :raises RequestInvalid: when it is no object."""
    if not isinstance(request.data, dict):
        raise RequestInvalid(detail="Send one JSON object.")
    return request.data


def unknown_fields(raw: dict[str, Any], known: frozenset[str] | set[str]) -> list[dict[str, str]]:
    """Return a problem for each field that does not exist."""
    return [
        {"field": str(name), "rule": "unknown", "message": "There is no such field."}
        for name in sorted(set(raw) - known)
    ]


def check(kind: object, chosen: object, options: object, problems: list[dict[str, str]]) -> Asked:
    """Check a wish together with what is wrong around it. :raises OperationInvalid: with every wrong field."""
    try:
        asked = filters.check(kind, chosen, options)
    except OperationInvalid as invalid:
        raise OperationInvalid(detail=invalid.detail, fields=[*problems, *invalid.fields]) from None
    if problems:
        raise OperationInvalid(detail="Nothing was done.", fields=problems)
    return asked


def begin(asked: Asked, request: Request, raw: dict[str, Any]) -> Response:
    """Start an operation: 201, or 200 for a repeated key."""
    key, caller = key_of(request, raw), caller_of(request)
    made, new = operate.start(
        asked, tenant=caller.tenant, actor=caller.actor, at=clock.now(), idempotency_key=key
    )
    return Response(to_json(made), status=201 if new else 200)


def key_of(request: Request, raw: dict[str, Any]) -> str | None:
    """Return the caller's key for this request, or None. :raises RequestInvalid: when it is none."""
    key = raw.get("idempotency_key", request.headers.get("Idempotency-Key"))
    if key is not None and (not isinstance(key, str) or not 1 <= len(key) <= 255 or not key.isprintable()):  # noqa: PLR2004 - the column
        words = "It must be one line of text of 1 to 255 characters."
        problem = {"field": "idempotency_key", "rule": "length", "message": words}
        raise RequestInvalid(detail="Nothing was done.", fields=[problem])
    return key


def dry_run_of(asked: Asked, request: Request) -> Response:
    """Say what would happen, and do nothing."""
    return Response(preview_to_json(preview(asked, tenant=caller_of(request).tenant, at=clock.now())))


def to_json(operation: Operation) -> dict[str, Any]:
    """Return an operation with its progress."""
    return {
        "id": str(operation.pk),
        "kind": operation.kind,
        "state": operation.state,
        "filter": operation.filter,
        "options": operation.options,
        "total": operation.total,
        "done": operation.done,
        "results": operation.counts,
        "note": operation.note,
        "job": str(operation.job) if operation.job else None,
        "created_at": operation.created_at.isoformat(),
        "finished_at": operation.finished_at.isoformat() if operation.finished_at else None,
    }


def item_to_json(item: OperationItem) -> dict[str, Any]:
    """Return what became of one subject."""
    return {
        "subject": str(item.subject),
        "predicted": item.predicted or None,
        "result": item.result,
        "detail": item.detail,
        "job": str(item.job) if item.job else None,
    }


def preview_to_json(found: Preview) -> dict[str, Any]:
    """Return a dry run."""
    return {
        "dry_run": True,
        "total": found.total,
        "looked_at": found.looked_at,
        "predictions": dict(found.counts),
        "duration_seconds": round(found.duration.total_seconds()),
        "quota": [
            {
                "platform": quota.scope.rpartition(":")[2],
                "calls": quota.calls,
                "available": quota.available,
                "per_minute": quota.per_minute,
            }
            for quota in found.quotas
        ],
        "first": [
            {"subject": str(row.pk), **(forecast_to_json(forecast) or {})}
            for row, forecast in first_rows(found, FIRST)
        ],
    }


def forecast_to_json(forecast: Forecast | None) -> dict[str, Any] | None:
    """Return what would happen to one job."""
    if forecast is None:
        return None
    return {
        "prediction": forecast.prediction.value,
        "sentence": forecast.sentence,
        "until": forecast.until.isoformat() if forecast.until else None,
    }


def _find(request: Request, operation: UUID) -> Operation:
    return queries.operations_of(tenant=caller_of(request).tenant).get(pk=operation)
