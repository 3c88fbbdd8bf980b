"""Makes rows for tests by calling the house's own actions."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from apps.connections.actions.connect import connect
from apps.connections.connectors.interface import AccountFacts, TokenSet
from apps.connections.models import Connection
from apps.core import clock
from apps.jobs import limits
from apps.jobs.actions.enqueue import LaneSpec, NewJob, enqueue
from apps.jobs.actions.tune import tune
from apps.jobs.choices import DeadLetterReason, JobState
from apps.jobs.models import ChangedLimit, DeadLetter, Job
from apps.publishing.actions.publish import publish
from apps.tenants.actions.create_tenant import create_tenant
from apps.tenants.models import Tenant, User


def make_tenant(name: str = "Acme", admin: str = "alice@acme.test") -> tuple[Tenant, User]:
    """Create a tenant and its admin, who can sign in with the password `secret`."""
    tenant, user = create_tenant(name=name, admin_email=admin)
    user.set_password("secret")
    user.save(update_fields=["password"])
    return tenant, user


def make_lane(tenant: Tenant, name: str = "connection:1", platform: str = "meta") -> LaneSpec:
    """Describe a lane of the tenant."""
    return LaneSpec(
        key=name, tenant=tenant.pk, platform=platform, scopes=[f"tenant:{tenant.pk}", f"platform:{platform}"]
    )


def make_job(
    tenant: Tenant,
    *,
    lane: LaneSpec | None = None,
    kind: str = "scripted",
    at: datetime | None = None,
    **more: object,
) -> Job:
    """Enqueue a job."""
    now = at or clock.now()
    fields = {"args": {}, "due_at": now, **more}
    job, _ = enqueue(NewJob(lane=lane or make_lane(tenant), kind=kind, **fields), actor="user:alice", at=now)  # type: ignore[arg-type]
    return job


def lift_limits(platform: str = "meta") -> None:
    """Say as an operator that a platform's limits do not matter."""
    for limit in limits.of(platform):
        row = ChangedLimit(platform=platform, per=limit.per, budget=limit.budget, burst=1e9, per_minute=1e9)
        tune(row, actor="staff:olga", at=clock.now())


def reload(job: Job) -> Job:
    """Read the job again."""
    return Job.objects.across_tenants().get(pk=job.pk)


def job_by(job_id: UUID) -> Job:
    """Read a job by id."""
    return Job.objects.across_tenants().get(pk=job_id)


def make_connection(
    tenant: Tenant,
    seeded: dict[str, Any],
    *,
    platform: str = "meta",
    kind: str = "page",
    name: str = "Harbour Cafe",
    login: str = "",
) -> Connection:
    """Connect an account that the simulator has created."""
    tokens = TokenSet(
        seeded["access_token"],
        refresh_token=seeded.get("refresh_token"),
        expires_in=seeded["expires_in"],
        scopes=tuple(seeded["scopes"]),
        user_id=seeded["user_id"],
    )
    account = AccountFacts(kind, seeded["account_id"], name, seeded["details"], seeded["account_token"])
    at = clock.now()
    with transaction.atomic():
        return connect(
            tenant=tenant.pk,
            platform=platform,
            tokens=tokens,
            accounts=[account],
            actor="user:alice",
            at=at,
            login=login,
        )[0]


def make_publish(connection: Connection, text: str = "Autumn menu", **more: Any) -> Job:
    """Enqueue a post of text."""
    content = {"format": "text", "text": text, **more.pop("content", {})}
    job, _ = publish(connection=connection, raw=content, actor="user:alice", at=clock.now(), **more)
    return job


def make_letter(tenant: Tenant, *, lane: LaneSpec | None = None, **more: Any) -> DeadLetter:
    """Put a dead letter down, as a settle would."""
    return bury(make_job(tenant, lane=lane, **more))


def bury(job: Job) -> DeadLetter:
    """End a job as a dead letter, as a settle would."""
    at = clock.now()
    Job.objects.across_tenants().filter(pk=job.pk).update(state=JobState.DEAD, finished_at=at)
    return DeadLetter.objects.create(
        job=job,
        tenant_id=job.tenant_id,
        connection=job.connection,
        platform=job.platform,
        kind=job.kind,
        payload=job.args,
        reason=DeadLetterReason.MAX_RETRIES,
        error_code="PARTNER_5XX",
        action="RETRY_WITH_BACKOFF",
        evidence="502 Bad Gateway",
        retries=8,
        first_attempt_at=at,
        last_attempt_at=at,
        created_at=at,
    )


_MANY_FINISHED = """
INSERT INTO jobs_job SELECT (
    jsonb_populate_record(j, jsonb_build_object('id', gen_random_uuid(), 'state', 'succeeded', 'finished_at', now()))
).* FROM jobs_job j, generate_series(1, 3000) WHERE j.id = %s
"""


def make_many_finished(like: Job) -> None:
    """Fill the table with 3,000 jobs that are done: statistics of a house that has worked for a while."""
    with connection.cursor() as cursor:
        cursor.execute(_MANY_FINISHED, [like.pk])
