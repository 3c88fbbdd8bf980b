"""Jobs: enqueue a publish or a delete, and follow it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.dateparse import parse_datetime
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.api.keys import HasScope, KeyAuthentication, caller_of
from apps.connections.models import Connection
from apps.core import clock
from apps.core.problems import Problem
from apps.jobs import queries
from apps.jobs.choices import JobState
from apps.jobs.explain import explain
from apps.jobs.models import Attempt, Job
from apps.publishing.actions import publish as publishing

PAGE = 50
FIELDS = frozenset(
    {"kind", "connection", "due_at", "content", "remote_id", "allow_duplicate", "idempotency_key"}
)


class RequestInvalid(Problem):
    """The request has fields that are missing or wrong."""

    code = "request_invalid"
    status = 422
    title = "The request cannot be carried out like this"


class JobsView(APIView):
    """GET /api/v2/jobs, POST /api/v2/jobs"""

    authentication_classes = (KeyAuthentication,)
    permission_classes = (HasScope,)

    def get(self, request: Request) -> Response:
        caller = caller_of(request)
        jobs = queries.jobs_of(tenant=caller.tenant)
        if state := request.query_params.get("state"):
            jobs = jobs.filter(state=state)
        if before := _uuid(request.query_params.get("before")):
            jobs = jobs.filter(pk__lt=before)
        at = clock.now()
        return Response({"jobs": [to_json(job, at=at) for job in jobs[:PAGE]]})

    def post(self, request: Request) -> Response:
        caller = caller_of(request)
        wanted = _Wanted(request.data, request.headers.get("Idempotency-Key"), caller.tenant)
        at = clock.now()
        if wanted.kind == "publish":
            job, new = publishing.publish(
                connection=wanted.connection,
                raw=wanted.raw.get("content"),
                actor=caller.actor,
                at=at,
                due_at=wanted.due_at,
                idempotency_key=wanted.key,
                allow_duplicate=wanted.raw.get("allow_duplicate") is True,
            )
        else:
            job, new = publishing.delete(
                connection=wanted.connection,
                remote_id=str(wanted.raw["remote_id"]),
                actor=caller.actor,
                at=at,
                idempotency_key=wanted.key,
            )
        return Response(to_json(job, at=at), status=201 if new else 200)


class JobView(APIView):
    """GET /api/v2/jobs/<id>"""

    authentication_classes = (KeyAuthentication,)
    permission_classes = (HasScope,)

    def get(self, request: Request, job: UUID) -> Response:
        caller = caller_of(request)
        found = queries.jobs_of(tenant=caller.tenant).get(pk=job)
        tries = [attempt_to_json(one) for one in queries.attempts_of(found)]
        return Response({**to_json(found, at=clock.now()), "attempts": tries})


class _Wanted:
    """A checked request to enqueue. Every wrong field is named at once."""

    def __init__(self, raw: object, header_key: str | None, tenant: UUID) -> None:
        self.problems: list[dict[str, str]] = []
        if not isinstance(raw, dict):
            raise RequestInvalid(detail="Send one JSON object.")
        self.raw: dict[str, Any] = raw
        self.kind = self._kind()
        self.due_at = self._due_at()
        self.key = self._key(header_key)
        found = self._connection(tenant)
        for name in sorted(set(raw) - FIELDS):
            self._wrong(str(name), "unknown", "There is no such field.")
        if self.problems or found is None:
            raise RequestInvalid(detail="Nothing was stored.", fields=self.problems)
        self.connection = found

    def _wrong(self, field: str, rule: str, words: str) -> None:
        self.problems.append({"field": field, "rule": rule, "message": words})

    def _kind(self) -> str:
        kind = self.raw.get("kind")
        if kind not in {"publish", "delete"}:
            self._wrong("kind", "choice", "Say publish or delete.")
        if kind == "delete" and not isinstance(self.raw.get("remote_id"), str):
            self._wrong("remote_id", "required", "Name the partner's id of the post to delete.")
        return str(kind)

    def _due_at(self) -> datetime | None:
        value = self.raw.get("due_at")
        if value is None:
            return None
        try:
            moment = parse_datetime(value) if isinstance(value, str) else None
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            self._wrong("due_at", "time", "Give a time with its zone, such as 2026-11-24T12:00:00Z.")
            return None
        return moment

    def _key(self, header_key: str | None) -> str | None:
        key = self.raw.get("idempotency_key", header_key)
        if key is not None and (not isinstance(key, str) or not 1 <= len(key) <= 255 or "\x00" in key):  # noqa: PLR2004 - the column
            self._wrong("idempotency_key", "length", "It must be text of 1 to 255 characters.")
            return None
        return key

    def _connection(self, tenant: UUID) -> Connection | None:
        wanted = _uuid(self.raw.get("connection"))
        found = Connection.objects.for_tenant(tenant).filter(pk=wanted).first() if wanted else None
        if found is None:
            self._wrong("connection", "unknown", "You have no connection with this id.")
        return found


def _uuid(value: object) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None


def attempt_to_json(attempt: Attempt) -> dict[str, Any]:
    """Return one try with everything that its error was named by."""
    return {
        "number": attempt.number,
        "step": attempt.step,
        "started_at": attempt.started_at.isoformat(),
        "outcome": attempt.outcome or None,
        "http_status": attempt.http_status,
        "error": {
            "code": attempt.error_code,
            "rule": attempt.rule_id,
            "confidence": attempt.confidence,
            "partner_request_id": attempt.request_id or None,
            "evidence": attempt.evidence,
        }
        if attempt.error_code
        else None,
    }


def to_json(job: Job, *, at: datetime) -> dict[str, Any]:
    """Return a job as API, lists and webhooks show it."""
    why = explain(job, at=at)
    return {
        "id": str(job.pk),
        "kind": job.kind,
        "connection": str(job.connection) if job.connection else None,
        "state": job.state,
        "due_at": job.due_at.isoformat(),
        "run_at": job.run_at.isoformat(),
        "explain": {
            "sentence": why.sentence,
            "blocked_by": why.blocked_by,
            "next_at": why.next_at.isoformat() if why.next_at else None,
            "who": why.who,
        },
        "result": {"remote_id": job.remote_id, "permalink": job.permalink}
        if job.state == JobState.SUCCEEDED
        else None,
        "error": {"code": job.error_code, "message": job.error_message, "rule": job.error_rule}
        if job.error_code
        else None,
    }
