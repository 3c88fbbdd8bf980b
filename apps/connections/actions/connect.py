"""Connect accounts: a grant, its tokens and the connections that it serves, in one commit."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.connections import credentials
from apps.connections.connectors.interface import AccountFacts, TokenSet
from apps.connections.lanes import lane_of
from apps.connections.models import Connection, Grant
from apps.core import ids
from apps.core.problems import Problem
from apps.events import log
from apps.jobs.actions.enqueue import ensure_lane


class AccountTaken(Problem):
    """Another tenant has connected this account."""

    code = "account_taken"
    status = 409
    title = "This account is connected elsewhere"


@transaction.atomic
def connect(
    *,
    tenant: UUID,
    platform: str,
    tokens: TokenSet,
    accounts: Sequence[AccountFacts],
    actor: str,
    at: datetime,
    login: str = "",
) -> list[Connection]:
    """
    Save the grant and connect these accounts.

    :raises AccountTaken: when another tenant has one of them.
    """
    grant = save_grant(tenant=tenant, platform=platform, tokens=tokens, at=at, login=login)
    return [connect_account(grant, account, actor=actor, at=at) for account in accounts]


def save_grant(
    *,
    tenant: UUID,
    platform: str,
    tokens: TokenSet,
    at: datetime,
    login: str = "",
    new_id: UUID | None = None,
) -> Grant:
    """Return the person's grant with these tokens as the current ones; a first one gets `new_id`."""
    grant, _ = Grant.objects.across_tenants().get_or_create(
        tenant_id=tenant,
        platform=platform,
        login=login,
        external_user_id=tokens.user_id,
        defaults={"id": new_id or ids.uuid7(), "user_name": tokens.user_name},
    )
    credentials.save(tokens, grant=grant, at=at)
    return grant


def connect_account(grant: Grant, account: AccountFacts, *, actor: str, at: datetime) -> Connection:
    """
    Connect one more account of a grant; call it inside a transaction.

    :raises AccountTaken: when it is connected already.
    """
    taken = Connection.objects.across_tenants().filter(
        platform=grant.platform, external_id=account.external_id
    )
    if taken.exclude(status="inactive").exists():
        raise AccountTaken(detail=f"{account.name} can be connected once only. Our support can move it.")
    connection = Connection.objects.create(
        tenant_id=grant.tenant_id,
        grant=grant,
        platform=grant.platform,
        account_type=account.type,
        external_id=account.external_id,
        name=account.name,
        details=dict(account.details),
        created_at=at,
    )
    if account.token:
        credentials.save(
            TokenSet(account.token, never_expires=True), grant=grant, connection=connection, at=at
        )
    ensure_lane(lane_of(connection))
    log.record(
        "connection.connected",
        tenant=grant.tenant_id,
        subject=f"connection:{connection.pk}",
        actor=actor,
        at=at,
    )
    return connection
