"""One line of the log and one span for each attempt: what was tried for whom, and what became of it."""

import json
import logging
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from apps.core import tracing
from apps.errors.outcome import Verdict
from apps.jobs.decided import Decided
from apps.jobs.models import Job

logger = logging.getLogger(__name__)


def log_attempts(decided: Sequence[Decided], *, stale: Collection[UUID]) -> None:
    """Log them. Never raises: what is committed must not look like a settle that failed."""
    if not logger.isEnabledFor(logging.INFO) and not tracing.wanted():
        return
    try:
        said = [_line(one, "late" if one.job.id in stale else str(one.columns["state"])) for one in decided]
        logger.info("attempt.ended", extra={"lines": said})
        if tracing.wanted():
            _trace(decided, said)
    except Exception:
        logger.exception("lines.failed")


def _line(one: Decided, state: str) -> dict[str, Any]:
    """An answer that came after somebody else had gone on with the job says so: it is `late`."""
    return {**names_of(one.job), **_ending(one), "state": state}


def _trace(decided: Sequence[Decided], said: Sequence[dict[str, Any]]) -> None:
    for one, line in zip(decided, said, strict=True):
        tracing.happened(
            "attempt",
            trace=one.job.request or one.job.cycle,
            seconds=(one.settlement.latency_ms or 0) / 1000,
            failed=one.settlement.outcome.verdict is not Verdict.SUCCESS,
            said=line,
        )


def names_of(job: Job) -> dict[str, Any]:
    """Return what a job is known by wherever it leaves a trace."""
    return {
        "cycle_id": str(job.cycle),
        "request_id": _text(job.request),
        "tenant_id": _text(job.tenant_id),
        "connection_id": _text(job.connection),
        "job_id": str(job.id),
        "platform": job.platform,
        "kind": job.kind,
    }


def _ending(one: Decided) -> dict[str, Any]:
    said, found = one.settlement.outcome, one.settlement.outcome.classification
    ending = {
        "attempt_id": str(one.settlement.attempt),
        "step": one.job.step,
        "status": said.verdict.value,
        "http_status": said.http_status,
        "latency_ms": one.settlement.latency_ms,
        "error_code": found.code.value if found else None,
        "retry_count": one.job.attempts,
    }
    if found:
        ending |= {
            "rule": found.rule_id,
            "confidence": found.confidence,
            "partner_request_id": found.partner_request_id or None,
            "evidence": json.dumps(dict(found.evidence)),
        }
    return ending


def _text(name: UUID | None) -> str | None:
    return str(name) if name else None
