"""What a health check found out about a connection: how it stands, and what it warns of."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from apps.connections.choices import Health, Warned
from apps.connections.lifetimes import WARNED_BEFORE
from apps.connections.models import Connection
from apps.errors.codes import ErrorAction, ErrorKind
from apps.errors.decide import Decision, Verb
from apps.errors.outcome import Outcome
from apps.events import log
from apps.jobs.models import Job

NEARLY_GONE = 0.9  # of a partner's limit
# Answers that prove that nothing goes out: what else keeps an answer from us proves nothing.
_PROVES = frozenset({ErrorAction.PAUSE_RECONNECT, ErrorAction.REFRESH_TOKEN, ErrorAction.ESCALATE_OPS})


def note(job: Job, outcome: Outcome, decision: Decision, at: datetime) -> None:
    """Tell of a check that has ended, in the settling transaction; whoever must act on it has acted."""
    rows = Connection.objects.across_tenants().filter(pk__in=[job.connection] if job.connection else [])
    connection = rows.select_related("grant").first()
    if connection is None:
        return
    rows.update(last_health_check=at)
    warnings = _warnings(connection, outcome, at) if decision.verb is Verb.SUCCEED else []
    log.record(
        "connection.checked",
        tenant=job.tenant_id,
        subject=f"connection:{connection.pk}",
        actor="system:engine",
        at=at,
        cycle=job.cycle,
        data={
            "status": status_of(decision, warnings),
            "code": decision.classification.code.value if decision.classification else "",
            "warnings": warnings,
            "latency_ms": outcome.result.get("latency_ms"),
            "platform": connection.platform,
            "job": str(job.pk),
        },
    )


def status_of(decision: Decision, warnings: list[str]) -> Health:
    """Return how a connection stands after the last try of a check; trouble on the way there says nothing of it."""
    if decision.verb is Verb.SUCCEED:
        return Health.WARNING if warnings else Health.HEALTHY
    found = decision.classification
    proven = found is not None and found.action in _PROVES and found.entry.kind is not ErrorKind.NETWORK
    return Health.CRITICAL if proven else Health.UNKNOWN


def said(*, latency_ms: int, granted: frozenset[str], told: tuple[str, ...] | None) -> Mapping[str, Any]:
    """Return what a check keeps beside its verdict: how long it took, and which permissions are gone at the partner."""
    lost = sorted(granted - set(told)) if told is not None else []
    return {"latency_ms": latency_ms, **({"lost": lost} if lost else {})}


def _warnings(connection: Connection, outcome: Outcome, at: datetime) -> list[str]:
    end = connection.grant.authorised_until
    found = {
        Warned.ENDING: end is not None and end <= at + WARNED_BEFORE,
        Warned.SHRANK: bool(outcome.result.get("lost")),
        Warned.QUOTA: any(one.gone >= NEARLY_GONE for one in outcome.usage),
    }
    return [warning.value for warning, so in found.items() if so]
