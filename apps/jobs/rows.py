"""The rows that a settle writes, in SQL of the hot path: jobs by their fence, attempts, lanes given back."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from apps.core.prepared import ask, rowset
from apps.jobs.kinds import Settlement
from apps.jobs.sql import settle as sql


def write_jobs(rows: Sequence[Mapping[str, Any]]) -> dict[UUID, bool]:
    """Write the fenced rows; return the ids that were still ours, and whether somebody wished to cancel them."""
    statement = sql.SETTLE_JOBS if settings.FENCING else sql.SETTLE_JOBS.replace("AND j.fence = r.fence", "")
    return dict(ask(statement, {"rows": rowset(rows), "ids": [row["id"] for row in rows]}))


def write_attempts(settlements: Sequence[Settlement], changed: set[UUID], at: datetime) -> None:
    """Write how attempts ended; what came too late to change its job leaves its evidence."""
    fresh = [_attempt_row(one) for one in settlements if one.job.id in changed]
    late = [
        {
            "id": one.attempt,
            "evidence": f"{one.outcome.verdict} {one.outcome.remote_id} {one.outcome.evidence}"[:4096],
        }
        for one in settlements
        if one.job.id not in changed
    ]
    if fresh:
        ask(sql.SETTLE_ATTEMPTS, {"rows": rowset(fresh), "ids": [row["id"] for row in fresh], "at": at})
    if late:
        ask(sql.LATE_EVIDENCE, {"rows": rowset(late), "ids": [row["id"] for row in late]})


def _attempt_row(one: Settlement) -> dict[str, Any]:
    found = one.outcome.classification
    return {
        "id": one.attempt,
        "outcome": one.outcome.verdict,
        "sent_at": one.sent_at,
        "credential_version": one.credential_version,
        "error_code": found.code.value if found else "",
        "rule_id": found.rule_id if found else "",
        "confidence": found.confidence if found else "",
        "http_status": one.outcome.http_status,
        "latency_ms": one.latency_ms,
        "request_id": (found.partner_request_id or "") if found else "",
        "evidence": one.outcome.evidence,
    }


def release(runner: UUID, lanes: Mapping[UUID, int], at: datetime) -> dict[UUID, int]:
    """Give lanes back whose calls have all been settled; return those that were locked by somebody."""
    rows = rowset([{"lane": lane, "fence": fence} for lane, fence in lanes.items()])
    free = [lane for (lane,) in ask(sql.LOCK_LEASED, {"rows": rows, "runner": runner})]
    if free:
        ask(sql.RELEASE, {"lanes": free, "at": at})
    if len(free) == len(lanes):
        return {}
    still = {lane for (lane,) in ask(sql.STILL_LEASED, {"rows": rows, "runner": runner})}
    return {lane: lanes[lane] for lane in still - set(free)}
