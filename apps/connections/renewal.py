"""Renewing access without a person: the grant's lanes wait, one refresh runs, siblings never meet the dead token."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from apps.connections import credentials
from apps.connections.connectors.interface import TokenModel, TokenSet
from apps.connections.connectors.registry import connector_for
from apps.connections.models import Connection, Credential, Grant
from apps.jobs.actions.enqueue import LaneSpec, NewJob, enqueue
from apps.jobs.actions.hold import hold
from apps.jobs.kinds import HoldReason
from apps.jobs.owners import Finding

RENEWABLE = frozenset({TokenModel.RENEWING, TokenModel.ROTATING})
# What was renewed a moment ago and is refused all the same: renewing it again cannot help.
FRESH = timedelta(minutes=1)


def is_possible(credential: Credential | None, *, at: datetime) -> bool:
    """Return True when the partner may give a new access token for this credential."""
    if credential is None or not credential.refresh or credential.connection_id:
        return False
    model = connector_for(credential.grant.platform).token_model
    return model in RENEWABLE and (credential.version == 1 or at - credential.created_at > FRESH)


def renew_after(findings: Sequence[Finding], *, at: datetime) -> None:
    """Own REFRESH_TOKEN: hold the grant's lanes and enqueue one refresh of the version that was refused."""
    for finding in findings:
        if not finding.job.connection:
            continue
        connection = Connection.objects.across_tenants().get(pk=finding.job.connection)
        credential = credentials.for_connections([connection]).get(connection.pk)
        if credential and credential.version == (finding.credential_version or credential.version):
            _renew(connection, credential, at)


def lane_of_grant(connection: Connection) -> LaneSpec:
    """Return the lane of a connection's grant: what is done to the authorisation is done there, one after the other."""
    return LaneSpec(
        key=f"grant:{connection.grant_id}",
        tenant=connection.tenant_id,
        platform=connection.platform,
        scopes=[],
    )


def _renew(connection: Connection, credential: Credential, at: datetime) -> None:
    scope = f"grant:{connection.grant_id}"
    hold(
        scope=scope,
        reason=HoldReason.REFRESH,
        at=at,
        who="Reknit, by itself",
        sentence="We are renewing our access; it goes on in a moment.",
    )
    new = NewJob(
        lane=lane_of_grant(connection),
        kind="refresh",
        args={"grant": str(connection.grant_id), "version": credential.version},
        due_at=at,
        connection=connection.pk,
        priority=0,
        idempotency_key=f"refresh:{connection.grant_id}:{credential.version}",
    )
    enqueue(new, actor="system:refresh", at=at)


def save(grant_id: UUID, tokens: TokenSet, *, instead_of: int, at: datetime) -> None:
    """
    Make the renewed tokens the current ones, in the settling transaction.

    When somebody reconnected meanwhile, theirs are newer and stay.
    """
    grant = Grant.objects.across_tenants().get(pk=grant_id)
    try:
        credentials.save(tokens, grant=grant, at=at, instead_of=instead_of)
    except credentials.SomebodyWasFirst:
        return
