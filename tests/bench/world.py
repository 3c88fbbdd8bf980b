"""Accounts at the benchmarks' partner, and posts that are due on them."""

import json
from collections.abc import Sequence
from uuid import UUID

from django.db import connection, transaction

from apps.connections.choices import CredentialState
from apps.connections.lanes import lane_of
from apps.connections.models import Connection, Credential, Grant
from apps.core import clock, crypto, ids
from apps.core.prepared import ask
from apps.jobs.sql import enqueue as sql
from apps.tenants.models import Tenant
from tests.bench.database import lift_limits

_FORGET = """
TRUNCATE jobs_lane, jobs_job, jobs_attempt, jobs_bucket, jobs_hold, jobs_lanebreaker, jobs_deadletter,
    connections_credential, connections_connection, connections_grant CASCADE
"""
# What publishing.publish would store, many at a time.
_POSTS = """
INSERT INTO jobs_job (
    id, lane_id, tenant_id, connection, platform, kind, args, state, priority, created_at, due_at, run_at, passes, step,
    at_commit, calls, progress, fence, attempts, tries, throttles, looks, crashes, body_hash, fingerprint,
    allow_duplicate, cycle, held_for, cancel_wanted, remote_id, permalink, result, error_code, error_rule,
    error_message, actor)
SELECT gen_random_uuid(), l.id, l.tenant_id, c.id, 'meta', 'publish',
    jsonb_build_object('v', 1, 'platform', 'meta', 'account_type', 'page', 'content', jsonb_build_object(
        'format', 'text', 'text', 'Post ' || n, 'link', '', 'media', '[]'::jsonb, 'options', '{}'::jsonb)),
    'queued', 1, now(), now(), now(), '{}', 'feed', true, '{"write": 1}', '{}', 0, 0, 0, 0, 0, 0, '', encode(sha256((c.id || ' ' || gen_random_uuid())::bytea), 'hex'),
    false, gen_random_uuid(), '', false, '', '', '{}', '', '', '', 'bench'
FROM generate_series(1, %(posts)s) n
JOIN (SELECT id, row_number() OVER (ORDER BY id) AS place FROM connections_connection WHERE id = ANY (%(accounts)s)) c
    ON c.place = n %% %(count)s + 1
JOIN jobs_lane l ON l.key = 'connection:' || c.id
"""
_WAKE = """
UPDATE jobs_lane SET ready_at = now(), head1_at = now() - interval '1 day' WHERE key IN (SELECT 'connection:' || id FROM unnest(%(accounts)s::uuid[]) id)
"""


def tenants(count: int) -> list[Tenant]:
    """Return so many of the tenants."""
    return list(Tenant.objects.order_by("id")[:count])


def empty() -> None:
    """Forget every account and every job."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET)
    lift_limits()


@transaction.atomic
def accounts(count: int, *, behaviour: str, owners: Sequence[Tenant]) -> list[UUID]:
    """Connect so many pages that behave alike, each with a token of its own; return the connections."""
    at = clock.now()
    grants = {
        owner.pk: Grant.objects.across_tenants().get_or_create(
            tenant=owner, platform="meta", external_user_id=str(owner.pk), defaults={"user_name": "Alice"}
        )[0]
        for owner in owners
    }
    rows = [
        Connection(
            tenant_id=owner.pk,
            grant=grants[owner.pk],
            platform="meta",
            account_type="page",
            external_id=f"{behaviour}-{ids.uuid7().hex}",
            name=f"Page {number}",
            created_at=at,
        )
        for number in range(count)
        for owner in [owners[number % len(owners)]]
    ]
    Connection.objects.bulk_create(rows)
    Credential.objects.bulk_create([_credential(row) for row in rows])
    ask(sql.ENSURE_LANES, {"rows": json.dumps([_lane(row) for row in rows], default=str)})
    return [row.pk for row in rows]


def _lane(row: Connection) -> dict[str, object]:
    spec = lane_of(row)
    scopes = [f"lane:{spec.key}", *spec.scopes]
    lane = {"id": ids.uuid7(), "tenant": spec.tenant, "key": spec.key, "platform": "meta"}
    return {**lane, "scopes": scopes, "concurrency": spec.concurrency}


def _credential(row: Connection) -> Credential:
    key = ids.uuid7()
    token = crypto.encrypt(f"token-{row.external_id}", context=f"{key}:access")
    return Credential(
        id=key,
        grant_id=row.grant_id,
        connection=row,
        version=1,
        state=CredentialState.CURRENT,
        access=token,
        created_at=row.created_at,
    )


def post(posts: int, to: Sequence[UUID]) -> None:
    """Accept so many posts that are due now, spread evenly over these connections, and wake their lanes."""
    with transaction.atomic():
        store(posts, to)
        wake(to)


def store(posts: int, to: Sequence[UUID]) -> None:
    """Accept the posts; nobody knows of them until their lanes are woken."""
    with connection.cursor() as cursor:
        cursor.execute(_POSTS, {"posts": posts, "accounts": list(to), "count": len(to)})


def wake(accounts: Sequence[UUID]) -> None:
    """Tell the lanes of these connections that they have work."""
    with connection.cursor() as cursor:
        cursor.execute(_WAKE, {"accounts": list(accounts)})


def tidy() -> None:
    """Let the planner see what there is."""
    with connection.cursor() as cursor:
        for table in (
            "jobs_lane",
            "jobs_job",
            "jobs_attempt",
            "connections_connection",
            "connections_credential",
        ):
            cursor.execute(f"VACUUM ANALYZE {table}")
