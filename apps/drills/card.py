"""The report card: what a run showed, in numbers and in one word."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from apps.connections.models import Connection
from apps.drills.choices import Verdict
from apps.drills.models import DrillRun
from apps.drills.posts import jobs_of, text_of
from apps.events.models import Event
from apps.jobs.choices import JobState
from apps.notifications.models import Notice
from apps.recovery.models import Incident

INSIDE = frozenset({"outside", "said_again_at", "amiss"})  # what it remembers of its own way


def reckon(
    run: DrillRun,
    stage: Mapping[str, Sequence[str]] | None,
    *,
    withdrawn: int,
    healed: Sequence[str],
    at: datetime,
) -> dict[str, Any]:
    """Hold the drill's jobs against the stage's own ledger; what we say of them is worth nothing without it."""
    jobs = list(jobs_of(run).values_list("state", "connection", "idempotency_key"))
    states = Counter(state for state, _, _ in jobs)
    found = {
        "posts": len(jobs),
        "published": states[JobState.SUCCEEDED],
        "withdrawn": withdrawn,
        "brought_back_by_the_drill": list(healed),
        "alerts": _alerts(run, at),
        "without_staff": not healed and not _staff_acted(run, at),
    }
    if stage is None:
        return {**found, "lost": None, "doubled": None}
    names = {
        one.pk: one for one in Connection.objects.for_tenant(run.tenant_id).filter(pk__in=run.connections)
    }
    times = [
        (state, _times(run, names.get(connection) if connection else None, key, stage))
        for state, connection, key in jobs
    ]
    return {
        **found,
        "lost": sum(1 for state, count in times if not count and state != JobState.CANCELLED),
        "doubled": sum(count - 1 for _, count in times if count > 1),
    }


def _alerts(run: DrillRun, at: datetime) -> int:
    """How many notices the tenant's people got meanwhile, and operations about an incident of the drill's own."""
    span = (run.started_at or run.asked_at, at)
    incidents = [
        f"incident:{pk}" for pk in Incident.objects.filter(drill=run.key).values_list("pk", flat=True)
    ]
    about = Q(tenant=run.tenant_id) | Q(tenant=None, about__in=incidents)
    return Notice.objects.across_tenants().filter(about, created_at__range=span).count()


def judge(run: DrillRun, numbers: Mapping[str, Any]) -> tuple[Verdict, str]:
    """Return the verdict, and why it is no good one."""
    wrong = [
        words
        for words, so in (
            ("the stage did not say what was published", numbers["lost"] is None),
            (f"{numbers['lost']} lost", bool(numbers["lost"])),
            (f"{numbers['doubled']} published twice", bool(numbers["doubled"])),
            ("nobody noticed", run.detected_at is None),
            ("it did not recover in time", run.recovered_at is None),
            ("something outside of its scope changed", bool(numbers["strays"])),
            *((words, True) for words in numbers["amiss"]),
        )
        if so
    ]
    return (Verdict.FAILED, f"{'; '.join(wrong).capitalize()}.") if wrong else (Verdict.PASSED, "")


def to_json(run: DrillRun) -> dict[str, Any]:
    """Return a run with its card, as it is exported and told by the API."""
    moments = ("asked_at", "started_at", "detected_at", "healed_at", "recovered_at", "ended_at", "until")
    return {
        "id": run.key,
        "name": run.name,
        "tenant": str(run.tenant_id),
        "state": run.state,
        "connections": [str(one) for one in run.connections],
        "duration_seconds": run.duration.total_seconds(),
        "rate": run.rate,
        "cap": run.cap,
        "verdict": run.verdict or None,
        "why": run.why,
        "detected_after_seconds": _seconds(run.detected_after),
        "recovered_after_seconds": _seconds(run.recovered_after),
        **{name: moment.isoformat() if (moment := getattr(run, name)) else None for name in moments},
        **{name: value for name, value in run.numbers.items() if name not in INSIDE},
    }


def _seconds(span: Any) -> float | None:
    return None if span is None else round(span.total_seconds(), 3)


def _times(
    run: DrillRun, connection: Connection | None, key: str | None, stage: Mapping[str, Sequence[str]]
) -> int:
    """How often a post stands in the ledger."""
    if connection is None or key is None:
        return 0
    number = int(key.rpartition(":")[2])
    return list(stage.get(str(connection.pk), ())).count(text_of(run, connection, number))


def _staff_acted(run: DrillRun, at: datetime) -> bool:
    """Return True when somebody of the operations staff did something to what the drill is about."""
    if run.abort_wanted:
        return True
    subjects = [f"connection:{one}" for one in run.connections]
    subjects += [f"job:{pk}" for pk in _keys(run)]
    since = run.started_at or run.asked_at
    return Event.objects.filter(
        subject__in=subjects, actor__startswith="staff:", at__range=(since, at)
    ).exists()


def _keys(run: DrillRun) -> list[UUID]:
    return list(jobs_of(run).values_list("pk", flat=True))
