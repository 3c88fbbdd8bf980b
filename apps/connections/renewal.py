"""Renewing access without a person: the grant's lanes wait, one refresh runs, siblings never meet the dead token."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from apps.connections import credentials, lifetimes, routes
from apps.connections.choices import ConnectionStatus, CredentialState
from apps.connections.connectors.interface import AccountFacts, TokenModel, TokenSet
from apps.connections.connectors.registry import connector_for
from apps.connections.models import Connection, Credential, Grant
from apps.jobs.actions.enqueue import LaneSpec, NewJob, enqueue
from apps.jobs.actions.hold import hold
from apps.jobs.kinds import HoldReason
from apps.jobs.models import Job
from apps.jobs.owners import Finding

# What was renewed a moment ago and is refused all the same: renewing it again cannot help.
FRESH = timedelta(minutes=1)
BATCH = 200
ACTOR = "system:refresh"


@dataclass(frozen=True, slots=True)
class Renewed:
    """What a refresh brought: the grant's tokens, and its accounts where they have tokens made from these."""

    tokens: TokenSet = field(repr=False)
    accounts: tuple[AccountFacts, ...] = ()
    run: str = ""  # of the drill on whose stage it was renewed


def is_possible(credential: Credential | None, *, at: datetime) -> bool:
    """Return True when the partner may give a new access token although this one is refused."""
    if credential is None or credential.refused_at or _model(credential) not in lifetimes.ON_DEMAND:
        return False
    return credential.version == 1 or at - credential.created_at > FRESH


def _model(credential: Credential) -> TokenModel:
    return lifetimes.model_of(
        connector_for(credential.grant.platform).token_model,
        has_refresh_token=bool(credential.refresh),
        derived=credential.connection_id is not None,
    )


def renew_after(findings: Sequence[Finding], *, at: datetime) -> None:
    """
    Own REFRESH_TOKEN: hold the grant's lanes and enqueue one refresh of the version that was refused.

    The credential is locked from the look to the hold: a refresh that ends in this moment closes the hold after us,
    or we find its work done.
    """
    tried = {one.job.connection: one.credential_version for one in findings if one.job.connection}
    connections = Connection.objects.across_tenants().filter(pk__in=tried).order_by("grant_id")
    for connection in connections:
        credential = credentials.lock(grant=connection.grant_id)
        if credential is None or not is_possible(credential, at=at):
            continue
        if credential.version == (tried[connection.pk] or credential.version):
            _hold(connection, at)
            _enqueue(connection, credential, at)


def _hold(connection: Connection, at: datetime) -> None:
    hold(
        scope=f"grant:{connection.grant_id}",
        reason=HoldReason.REFRESH,
        at=at,
        who="Reknit, by itself",
        sentence="We are renewing our access; it goes on in a moment.",
    )


def lane_of_grant(connection: Connection) -> LaneSpec:
    """Return the lane of a connection's grant: what is done to the authorisation is done there, one after the other."""
    return LaneSpec(
        key=f"grant:{connection.grant_id}",
        tenant=connection.tenant_id,
        platform=connection.platform,
        scopes=[],
    )


def _enqueue(connection: Connection, credential: Credential, at: datetime) -> Job:
    new = NewJob(
        lane=lane_of_grant(connection),
        kind="refresh",
        args={"grant": str(connection.grant_id), "version": credential.version},
        due_at=at,
        connection=connection.pk,
        priority=0,
        idempotency_key=f"refresh:{connection.grant_id}:{credential.version}",
    )
    return enqueue(new, actor=ACTOR, at=at)[0]


def renew_due(*, at: datetime, most: int = BATCH) -> int:
    """
    Enqueue the refresh of tokens that end soon, the most urgent first; return how many.

    Nothing is held: the old token still works, and whoever is refused because of the new one simply tries again.
    """
    due = Credential.objects.filter(state=CredentialState.CURRENT, refresh_at__lte=at).order_by("refresh_at")
    return sum(_renew_one(key, at) for key in list(due.values_list("pk", flat=True)[:most]))


@transaction.atomic
def _renew_one(key: UUID, at: datetime) -> bool:
    """Take one credential off the list, and put it to work if something lives on it."""
    taken = Credential.objects.filter(pk=key, state=CredentialState.CURRENT, refresh_at__lte=at)
    if taken.update(refresh_at=None) != 1:
        return False  # another process was first
    credential = Credential.objects.select_related("grant").get(pk=key)
    over = [ConnectionStatus.INACTIVE, ConnectionStatus.REVOKED]
    users = Connection.objects.across_tenants().filter(grant=credential.grant_id).exclude(status__in=over)
    connection = users.order_by("pk").first()
    if connection is None or credential.refused_at or _model(credential) is TokenModel.NONE:
        return False
    _enqueue(connection, credential, at)
    return True


def save(grant_id: UUID, renewed: Renewed, *, instead_of: int, at: datetime) -> None:
    """
    Make the renewed tokens the current ones, in the settling transaction.

    When somebody reconnected meanwhile, theirs are newer and stay. What a drill's stage gave out goes no further.
    """
    if renewed.run:
        routes.renew(grant_id, renewed.tokens, renewed.accounts, run=renewed.run, instead_of=instead_of)
        return
    grant = Grant.objects.across_tenants().get(pk=grant_id)
    try:
        credentials.save(renewed.tokens, grant=grant, at=at, instead_of=instead_of)
    except credentials.SomebodyWasFirst:
        return
    tokens = {account.external_id: account.token for account in renewed.accounts if account.token}
    connections = Connection.objects.across_tenants().filter(grant=grant, external_id__in=tokens)
    for connection in connections:
        _save_own(grant, connection, tokens[connection.external_id], at)


def _save_own(grant: Grant, connection: Connection, token: str, at: datetime) -> None:
    """A token made from the grant's changes only when the partner has made a new one."""
    before = credentials.current(grant=grant.pk, connection=connection.pk)
    if before and before.access_token() != token:
        made = TokenSet(token, never_expires=True, scopes=tuple(before.scopes))
        credentials.save(made, grant=grant, connection=connection, at=at)


def note(grant_id: UUID, version: int, **moments: datetime) -> None:
    """Write down what became of a refresh that brought no tokens, while that version is still the current one."""
    Credential.objects.filter(
        grant=grant_id, connection=None, version=version, state=CredentialState.CURRENT
    ).update(**moments)


def plan_anew(grants: Collection[UUID], *, since: datetime) -> None:
    """Forget what renewals met since then, and plan the next ones: what refused them was a drill's stage."""
    rows = Credential.objects.filter(grant__in=grants, state=CredentialState.CURRENT)
    rows.filter(refused_at__gte=since).update(refused_at=None)
    rows.filter(reply_lost_at__gte=since).update(reply_lost_at=None)
    for row in rows.filter(refresh_at=None, refused_at=None).select_related("grant"):
        due = lifetimes.renew_at(
            _model(row),
            born=row.created_at,
            ends=row.expires_at,
            chance=credentials.chance(row.pk),
            login=row.grant.login,
        )
        if due:
            rows.filter(pk=row.pk, refresh_at=None).update(refresh_at=due)
