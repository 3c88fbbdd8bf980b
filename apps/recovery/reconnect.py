"""Reconnecting: the sign-in at the partner, from our link to fresh credentials on the same account."""

import asyncio
import hashlib
import secrets
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from apps.connections import credentials, partner
from apps.connections.actions.connect import save_grant
from apps.connections.choices import STOPPED
from apps.connections.connectors.interface import AccountFacts, Accounts, TokenSet, Wire
from apps.connections.connectors.registry import connector_for
from apps.connections.lanes import all_scopes
from apps.connections.models import Connection, Grant, OAuthState
from apps.connections.wire import HttpWire, WireFailed, open_session
from apps.core.problems import Problem
from apps.errors import live
from apps.errors.codes import ErrorCode
from apps.errors.taxonomy import get_user_message
from apps.events import log
from apps.jobs.models import Lane
from apps.recovery.actions.resume import resume
from apps.recovery.words import partner_name

T = TypeVar("T")
LIFETIME = timedelta(minutes=10)


class SignInFailed(Problem):
    """The sign-in at the partner did not lead to a connection; nothing was changed."""

    code = "sign_in_failed"
    status = 409
    title = "We could not reconnect"


@dataclass(frozen=True, slots=True)
class Return:
    """What a browser brings back from the partner."""

    state: str
    code: str
    error: str
    session: str
    user: UUID


def generate_reconnect_url(connection: Connection, reason: str = "") -> str:
    """Return our address that begins the reconnect of a connection; for want of a permission it asks for that."""
    why = reason or connection.pause_reason
    query = {"reconnect": "true", "prev_connection": connection.pk, "reason": why}
    if why == ErrorCode.PERMISSION_INSUFFICIENT:
        query["scope_fix"] = "true"
    return f"{reverse('oauth_start', args=[connection.platform])}?{urlencode(query)}"


def begin(*, connection: Connection, user: UUID, session: str, backfill: bool, at: datetime) -> str:
    """Note the sign-in and return the partner's consent page."""
    connector = connector_for(connection.platform)
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48) if connector.pkce else ""
    OAuthState.objects.create(
        id=_hash(state),
        tenant_id=connection.tenant_id,
        user_id=user,
        platform=connection.platform,
        connection=connection,
        session=_hash(session),
        verifier=verifier,
        backfill=backfill,
        expires_at=at + LIFETIME,
    )
    return connector.authorize_url(
        partner.app_for(connection.platform),
        redirect_uri=callback_url(connection.platform),
        state=state,
        code_challenge=verifier,
        login=connection.grant.login,
    )


def callback_url(platform: str) -> str:
    """Return where the partner sends the browser back to."""
    return f"{settings.PUBLIC_URL}{reverse('oauth_callback', args=[platform])}"


def finish(came: Return, *, platform: str, actor: str, at: datetime) -> Connection:
    """
    Trade what the browser brought for credentials, see that it is the same account, and let it publish again.

    :raises SignInFailed: with the reason in words; nothing is changed then.
    """
    live.refresh()
    state = _take(came, platform=platform, at=at)
    connection = (
        Connection.objects.for_tenant(state.tenant_id).select_related("grant").get(pk=state.connection.pk)
    )
    name = partner_name(connection)
    if came.error or not came.code:
        raise SignInFailed(
            detail=f"You did not give permission at {name}, so we changed nothing. Try again when you are ready."
        )
    tokens, accounts = _ask_partner(connection, came.code, state.verifier, name)
    _demand_same(connection, accounts, tokens, name)
    return _save(connection, tokens, accounts, actor=actor, at=at, backfill=state.backfill)


def _take(came: Return, *, platform: str, at: datetime) -> OAuthState:
    """Return the sign-in that this is the end of; it can be used once, in time, in the browser that began it."""
    key = _hash(came.state)
    taken = OAuthState.objects.across_tenants().filter(
        pk=key,
        platform=platform,
        used_at=None,
        expires_at__gt=at,
        session=_hash(came.session),
        user=came.user,
    )
    if taken.update(used_at=at) != 1:
        raise SignInFailed(
            detail="This sign-in was used before, took longer than ten minutes or began in another browser. Start again."
        )
    return OAuthState.objects.across_tenants().get(pk=key)


def _ask_partner(connection: Connection, code: str, verifier: str, name: str) -> tuple[TokenSet, Accounts]:
    connector, app = connector_for(connection.platform), partner.app_for(connection.platform)
    login = connection.grant.login

    async def talk(wire: Wire) -> tuple[TokenSet, Accounts]:
        exchanged = await connector.exchange(
            app,
            wire,
            code=code,
            redirect_uri=callback_url(connection.platform),
            verifier=verifier,
            login=login,
        )
        if exchanged.tokens is None:
            raise SignInFailed(
                detail=get_user_message(exchanged.failure.code, name) if exchanged.failure else ""
            )
        accounts = await connector.accounts(app, wire, exchanged.tokens, login=login)
        if accounts.failure:
            raise SignInFailed(detail=get_user_message(accounts.failure.code, name))
        return exchanged.tokens, accounts

    try:
        return _with_wire(talk)
    except WireFailed:
        raise SignInFailed(
            detail=f"{name} did not answer. Nothing was changed; try again in a minute."
        ) from None


def _with_wire(talk: Callable[[Wire], Awaitable[T]]) -> T:
    async def run() -> T:
        async with open_session(connections=4) as session:
            return await talk(HttpWire(session))

    # A thread of its own: whoever serves this request may have an event loop running in its thread already.
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, run()).result()


def _demand_same(connection: Connection, accounts: Accounts, tokens: TokenSet, name: str) -> None:
    """The account must be equal; who signed in does not matter."""
    if any(account.external_id == connection.external_id for account in accounts.accounts):
        return
    who = tokens.user_name or accounts.user_name or "somebody else"
    raise SignInFailed(
        detail=f"You signed in at {name} as {who}. This connection is {connection.name}. Sign in as somebody who manages {connection.name}."
    )


@transaction.atomic
def _save(
    connection: Connection, tokens: TokenSet, accounts: Accounts, *, actor: str, at: datetime, backfill: bool
) -> Connection:
    """Fresh credentials, active status and the freed lanes are one commit; one sign-in heals all that it can."""
    grant = save_grant(
        tenant=connection.tenant_id,
        platform=connection.platform,
        tokens=tokens,
        at=at,
        login=connection.grant.login,
    )
    found = {account.external_id: account for account in accounts.accounts}
    siblings = Connection.objects.for_tenant(connection.tenant_id).filter(grant=connection.grant_id)
    healed = [one for one in siblings if one.external_id in found]
    for one in healed:
        _give(one, grant, found[one.external_id], actor=actor, at=at)
    fresh = Connection.objects.for_tenant(connection.tenant_id).get(pk=connection.pk)
    if fresh.status in STOPPED:
        resume(fresh, actor=actor, at=at, backfill=backfill, among={one.pk for one in healed})
        fresh.refresh_from_db()
    return fresh


def _give(connection: Connection, grant: Grant, account: AccountFacts, *, actor: str, at: datetime) -> None:
    """Let a connection use the grant; its lane listens to the grant's holds from now on."""
    connection.grant = grant
    Connection.objects.for_tenant(connection.tenant_id).filter(pk=connection.pk).update(
        grant=grant, details=account.details
    )
    Lane.objects.for_tenant(connection.tenant_id).filter(key=connection.lane_key).update(
        scopes=all_scopes(connection)
    )
    if account.token:
        credentials.save(
            TokenSet(account.token, never_expires=True), grant=grant, connection=connection, at=at
        )
    log.record(
        "connection.reconnected",
        tenant=connection.tenant_id,
        subject=f"connection:{connection.pk}",
        actor=actor,
        at=at,
    )


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
