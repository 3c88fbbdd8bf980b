"""Saving and finding credentials: one is current, a change inserts the next version and flips that."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Max, Q, QuerySet

from apps.connections import lifetimes
from apps.connections.choices import CredentialState
from apps.connections.connectors.interface import TokenModel, TokenSet
from apps.connections.connectors.registry import connector_for
from apps.connections.models import Connection, Credential, Grant
from apps.core import crypto


class SomebodyWasFirst(RuntimeError):
    """The current credential changed while this one was on its way."""


def current(*, grant: UUID, connection: UUID | None = None) -> Credential | None:
    """Return the current credential of a grant, or of one connection's own token."""
    return Credential.objects.filter(
        grant=grant, connection=connection, state=CredentialState.CURRENT
    ).first()


def save(
    tokens: TokenSet,
    *,
    grant: Grant,
    connection: Connection | None = None,
    at: datetime,
    instead_of: int | None = None,
) -> Credential:
    """
    Make these tokens the current ones; call it inside a transaction.

    A partner that leaves the refresh token out means the one we have. With `instead_of` it happens only while that
    version is current: a renewal, which keeps the scopes where the partner does not name them again.

    :raises SomebodyWasFirst: when it no longer is.
    """
    before = current(grant=grant.pk, connection=connection.pk if connection else None)
    if instead_of is not None and (before is None or before.version != instead_of):
        raise SomebodyWasFirst
    if before and not _spend(before):
        raise SomebodyWasFirst
    refresh = tokens.refresh_token or (before.refresh_token() if before else "")
    platform_model = connector_for(grant.platform).token_model
    model = lifetimes.model_of(
        platform_model, has_refresh_token=bool(refresh), derived=connection is not None
    )
    ends = lifetimes.ends_at(platform_model, tokens, at=at)
    if connection is None:
        _authorise(grant, model, tokens, at=at, ends=ends, consented=instead_of is None)
    told = instead_of is None or bool(tokens.scopes)  # a renewal that says nothing of scopes changes none
    row = Credential(
        grant=grant,
        connection=connection,
        version=before.version + 1 if before else 1,
        state=CredentialState.CURRENT,
        scopes=list(tokens.scopes) if told or not before else before.scopes,
        expires_at=ends,
        created_at=at,
    )
    row.refresh_at = lifetimes.renew_at(model, born=at, ends=ends, chance=chance(row.pk), login=grant.login)
    row.access = crypto.encrypt(tokens.access_token, context=f"{row.pk}:access")
    row.refresh = crypto.encrypt(refresh, context=f"{row.pk}:refresh") if refresh else ""
    row.save(force_insert=True)
    return row


def chance(key: UUID) -> float:
    """Return a number from 0 to 1 that is different for each credential: the end of its id is random."""
    return key.int % 1000 / 1000


def _authorise(
    grant: Grant, model: TokenModel, tokens: TokenSet, *, at: datetime, ends: datetime | None, consented: bool
) -> None:
    """Note until when the authorisation lives; a new end will be told of anew."""
    until = lifetimes.authorised_until(
        grant.platform, model, tokens, at=at, ends=ends, before=grant.authorised_until, consented=consented
    )
    if until != grant.authorised_until:
        grant.authorised_until = until
        grant.save(update_fields=["authorised_until"])


def lock(*, grant: UUID) -> Credential | None:
    """Return the grant's current credential, locked: nobody renews or replaces it before this transaction ends."""
    rows = Credential.objects.select_for_update(of=("self",)).select_related("grant")
    return rows.filter(grant=grant, connection=None, state=CredentialState.CURRENT).first()


def outgrow(grant: Grant, version: int) -> None:
    """
    Number the grant's current credentials above a version that its connections used elsewhere.

    A late answer to that one is then an answer to an outdated credential, whatever grant it belonged to.
    """
    Credential.objects.filter(grant=grant, state=CredentialState.CURRENT, version__lte=version).update(
        version=version + 1
    )


def raise_together(grants: Collection[UUID]) -> dict[UUID, int]:
    """Give all current credentials of each of these grants one number, above all that they had; return it by grant."""
    rows = Credential.objects.filter(grant__in=grants, state=CredentialState.CURRENT)
    highest = dict(rows.values_list("grant").annotate(Max("version")).order_by())
    for grant, version in highest.items():
        rows.filter(grant=grant).update(version=version + 1)
    return {grant: version + 1 for grant, version in highest.items()}


def _spend(before: Credential) -> bool:
    changed = Credential.objects.filter(pk=before.pk, state=CredentialState.CURRENT).update(
        state=CredentialState.SPENT
    )
    return changed == 1


def for_connections(connections: Iterable[Connection]) -> dict[UUID, Credential]:
    """Return each connection's credential: its own token where it has one, else its grant's. One query."""
    wanted = list(connections)
    return _choose(wanted, _current_of(wanted).select_related("grant"))


def scopes_for(connections: Iterable[Connection]) -> dict[UUID, Sequence[str]]:
    """Return what each connection's credential may do, without reading its tokens; nothing where nobody ever said."""
    wanted = list(connections)
    rows = _current_of(wanted).values_list("grant", "connection", "scopes")
    told: dict[tuple[UUID, UUID | None], Sequence[str]] = {
        (grant, connection): scopes for grant, connection, scopes in rows
    }
    return {
        one.pk: told.get((one.grant_id, one.pk)) or told.get((one.grant_id, None)) or () for one in wanted
    }


def _current_of(connections: Sequence[Connection]) -> QuerySet[Credential]:
    """Not every token of these grants: one sign-in may serve hundreds of accounts, each with a token of its own."""
    return Credential.objects.filter(
        Q(connection__in=[one.pk for one in connections]) | Q(connection=None),
        grant__in={one.grant_id for one in connections},
        state=CredentialState.CURRENT,
    )


def _choose(connections: Sequence[Connection], rows: Iterable[Credential]) -> dict[UUID, Credential]:
    by_owner: Mapping[tuple[UUID, UUID | None], Credential] = {
        (row.grant_id, row.connection_id): row for row in rows
    }
    found: dict[UUID, Credential] = {}
    for connection in connections:
        grants = by_owner.get((connection.grant_id, None))
        credential = by_owner.get((connection.grant_id, connection.pk)) or grants
        if credential and grants and not credential.scopes:
            # A token of its own is derived from the grant's, and nobody says again what it may do.
            credential.scopes = grants.scopes
        if credential:
            found[connection.pk] = credential
    return found
