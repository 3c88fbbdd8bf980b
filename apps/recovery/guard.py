"""What a settle asks of incidents: does an open one cover this failure? Then its lane is held, and nobody is bothered."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from apps.connections.models import Connection
from apps.errors.classification import Classification
from apps.jobs.models import Lane
from apps.jobs.owners import Finding
from apps.recovery import stages
from apps.recovery.actions.hold_hits import NewHit, hold_hits
from apps.recovery.choices import COVERING
from apps.recovery.incidents import Cause, cause_of_finding
from apps.recovery.models import Incident


def covering(causes: Iterable[Cause]) -> dict[Cause, Incident]:
    """Return the open incidents of these causes; one query, and the table of open ones is tiny."""
    wanted = set(causes)
    found = _open_at({cause.platform for cause in wanted}) if wanted else {}
    return {cause: found[cause] for cause in wanted & set(found)}


def _open_at(platforms: Collection[str]) -> dict[Cause, Incident]:
    rows = Incident.objects.filter(closed_at=None, state__in=sorted(COVERING), platform__in=platforms)
    return {row.cause: row for row in rows}


def covering_findings(findings: Sequence[Finding]) -> dict[UUID, Incident]:
    """Return the incident that covers each job's failure, by job."""
    incidents = _open_at({one.job.platform for one in findings})
    if not incidents:
        return {}
    drills = stages.drills_of({one.job.connection for one in findings})
    causes = {
        one.job.pk: cause_of_finding(
            one.classification, one.job.platform, drill=drills.get(one.job.connection, "")
        )
        for one in findings
    }
    return {job: incidents[cause] for job, cause in causes.items() if cause in incidents}


def hold_connections(
    incident: Incident, found: Sequence[tuple[Connection, Classification]], *, at: datetime
) -> None:
    """Hold these connections' lanes instead of pausing them."""
    by_key = {connection.lane_key: (connection, why) for connection, why in found}
    hits = []
    for lane in Lane.objects.across_tenants().filter(key__in=by_key):
        connection, why = by_key[lane.key]
        hits.append(NewHit(lane.pk, lane.key, connection.tenant_id, connection.pk, why.code, why.rule_id))
    hold_hits(incident, hits, at=at)


def spare(findings: Sequence[Finding], *, at: datetime) -> Collection[UUID]:
    """Shield from the dead letters: while an incident covers the cause, a job that met it waits instead of ending."""
    covered = covering_findings(findings)
    if not covered:
        return ()
    lanes = Lane.objects.across_tenants().in_bulk(
        {one.job.lane_id for one in findings if one.job.pk in covered}
    )
    hits: dict[UUID, list[NewHit]] = defaultdict(list)
    for one in findings:
        # The house's own work belongs to no tenant: its kind tells of its end.
        if one.job.pk in covered and (tenant := one.job.tenant_id):
            lane, found = lanes[one.job.lane_id], one.classification
            hits[covered[one.job.pk].pk].append(
                NewHit(lane.pk, lane.key, tenant, one.job.connection, found.code, found.rule_id)
            )
    for incident in {one.pk: one for one in covered.values()}.values():
        hold_hits(incident, hits[incident.pk], at=at)
    return covered.keys()
