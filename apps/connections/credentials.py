"""Saving and finding credentials: one is current, a change inserts the next version and flips that."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from apps.connections.choices import CredentialState
from apps.connections.connectors.interface import TokenSet
from apps.connections.models import Connection, Credential, Grant
from apps.core import crypto, ids


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
    version is current.

    :raises SomebodyWasFirst: when it no longer is.
    """
    before = current(grant=grant.pk, connection=connection.pk if connection else None)
    if instead_of is not None and (before is None or before.version != instead_of):
        raise SomebodyWasFirst
    if before and not _spend(before):
        raise SomebodyWasFirst
    key = ids.uuid7()
    refresh = tokens.refresh_token or (before.refresh_token() if before else "")
    return Credential.objects.create(
        id=key,
        grant=grant,
        connection=connection,
        version=before.version + 1 if before else 1,
        state=CredentialState.CURRENT,
        access=crypto.encrypt(tokens.access_token, context=f"{key}:access"),
        refresh=crypto.encrypt(refresh, context=f"{key}:refresh") if refresh else "",
        scopes=list(tokens.scopes),
        expires_at=at + timedelta(seconds=tokens.expires_in) if tokens.expires_in else None,
        created_at=at,
    )


def outgrow(grant: Grant, version: int) -> None:
    """
    Number the grant's current credentials above a version that its connections used elsewhere.

    A late answer to that one is then an answer to an outdated credential, whatever grant it belonged to.
    """
    Credential.objects.filter(grant=grant, state=CredentialState.CURRENT, version__lte=version).update(
        version=version + 1
    )


def _spend(before: Credential) -> bool:
    changed = Credential.objects.filter(pk=before.pk, state=CredentialState.CURRENT).update(
        state=CredentialState.SPENT
    )
    return changed == 1


def for_connections(connections: Iterable[Connection]) -> dict[UUID, Credential]:
    """Return each connection's credential: its own token where it has one, else its grant's. One query."""
    wanted = list(connections)
    rows = Credential.objects.select_related("grant").filter(
        grant__in={one.grant_id for one in wanted}, state=CredentialState.CURRENT
    )
    return _choose(wanted, rows)


def _choose(connections: Sequence[Connection], rows: Iterable[Credential]) -> dict[UUID, Credential]:
    by_owner: Mapping[tuple[UUID, UUID | None], Credential] = {
        (row.grant_id, row.connection_id): row for row in rows
    }
    found: dict[UUID, Credential] = {}
    for connection in connections:
        credential = by_owner.get((connection.grant_id, connection.pk)) or by_owner.get(
            (connection.grant_id, None)
        )
        if credential:
            found[connection.pk] = credential
    return found
