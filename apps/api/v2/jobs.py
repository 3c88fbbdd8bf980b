"""Jobs: enqueue a publish or a delete, and follow it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.api.keys import HasScope, KeyAuthentication, caller_of
from apps.api.v2.wanted import RequestInvalid, Wanted
from apps.connections.models import Connection
from apps.core import clock
from apps.core.ids import id_of
from apps.jobs import queries
from apps.jobs.choices import JobState
from apps.jobs.explain import Explanation, explain, explain_many
from apps.jobs.models import Attempt, Job
from apps.publishing.actions import publish as publishing

PAGE = 50


class JobsView(APIView):
    """GET /api/v2/jobs, POST /api/v2/jobs"""

    authentication_classes = (KeyAuthentication,)
    permission_classes = (HasScope,)

    def get(self, request: Request) -> Response:
        caller = caller_of(request)
        jobs = queries.jobs_of(tenant=caller.tenant)
        if state := request.query_params.get("state"):
            jobs = jobs.filter(state=_state(state))
        if before := id_of(request.query_params.get("before")):
            jobs = jobs.filter(pk__lt=before)
        page = list(jobs[:PAGE])
        why = explain_many(page, at=clock.now())
        return Response({"jobs": [_to_json(job, why[job.pk]) for job in page]})

    def post(self, request: Request) -> Response:
        caller = caller_of(request)
        wanted = Wanted(
            request.data, request.headers.get("Idempotency-Key"), lambda word: _named(word, caller.tenant)
        )
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


def _state(word: str) -> str:
    if word not in JobState.values:
        words = f"Say one of {', '.join(JobState.values)}."
        raise RequestInvalid(
            detail="Nothing was read.", fields=[{"field": "state", "rule": "choice", "message": words}]
        )
    return word


def _named(word: str, tenant: UUID) -> Connection | None:
    pk = id_of(word)
    return Connection.objects.for_tenant(tenant).filter(pk=pk).first() if pk else None


class JobView(APIView):
    """GET /api/v2/jobs/<id>"""

    authentication_classes = (KeyAuthentication,)
    permission_classes = (HasScope,)

    def get(self, request: Request, job: UUID) -> Response:
        caller = caller_of(request)
        found = queries.jobs_of(tenant=caller.tenant).get(pk=job)
        tries = [attempt_to_json(one) for one in queries.attempts_of(found)]
        return Response({**to_json(found, at=clock.now()), "attempts": tries})


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
    return _to_json(job, explain(job, at=at))


def _to_json(job: Job, why: Explanation) -> dict[str, Any]:
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
