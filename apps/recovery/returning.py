"""The way back: what the browser brings from the partner, traded, compared, and sent to be proven."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.core.signing import BadSignature

from apps.connections import partner, permissions
from apps.connections.choices import SignInStage
from apps.connections.connectors.interface import Accounts, TokenSet, Wire
from apps.connections.connectors.registry import connector_for
from apps.connections.models import SignIn
from apps.connections.sign_ins import Brought
from apps.connections.wire import HttpWire, WireFailed, open_session
from apps.errors import live
from apps.errors.classification import Classification
from apps.errors.codes import ErrorAction, ErrorCode
from apps.errors.messages import PLATFORM_NAMES
from apps.recovery import reconnect
from apps.recovery.refusals import (
    ConfirmationOver,
    Declined,
    MissingPermissions,
    NotBegun,
    NotOffered,
    OtherBrowser,
    PartnerAway,
    SignInFailed,
    TookTooLong,
    UsedBefore,
    ending,
)
from apps.recovery.weigh import weigh
from apps.tenants import queries as tenants
from apps.tenants.choices import Role

T = TypeVar("T")

# What partners say in the address when nobody was asked, or when they stumbled; anything else is a person's no.
_NOT_OFFERED = frozenset(
    {"unauthorized_scope_error", "invalid_scope", "unauthorized_client", "invalid_client", "invalid_request"}
)
_STUMBLED = frozenset({"server_error", "temporarily_unavailable"})
_MAY_HEAL = frozenset({ErrorAction.RETRY_WITH_BACKOFF, ErrorAction.RETRY_AFTER, ErrorAction.VERIFY_FIRST})


@dataclass(frozen=True, slots=True)
class Return:
    """What a browser brings back from the partner."""

    state: str
    code: str
    error: str
    session: str
    user: UUID


def find(came: Return, *, platform: str) -> SignIn:
    """
    Return the sign-in that this is the end of.

    :raises NotBegun: when there is none, or when its person may no longer reconnect here.
    """
    try:
        token = reconnect.signer(platform).unsign(came.state)
    except BadSignature:
        raise NotBegun from None
    rows = SignIn.objects.across_tenants().select_related("connection__grant")
    found = rows.filter(state=reconnect.fingerprint(token), platform=platform).first()
    member = tenants.member(found.tenant_id, came.user) if found else None
    if found is None or member is None or not tenants.may(member, Role.OPERATOR):
        raise NotBegun
    return found


def finish(sign_in: SignIn, came: Return, *, at: datetime) -> None:
    """
    Trade what the browser brought, compare it, and let it prove itself; the sign-in then says how far it is.

    :raises SignInFailed: with the reason in words; nothing is changed then.
    """
    live.refresh()
    name = PLATFORM_NAMES[sign_in.platform]
    _take(sign_in, came, name, at)
    with ending(sign_in):
        _demand_consent(came, name)
        weigh(sign_in, _ask_partner(sign_in, came.code, name), at=at)


def _take(sign_in: SignIn, came: Return, name: str, at: datetime) -> None:
    """A sign-in can be used once, in time, in the browser that began it, by the person who began it."""
    if sign_in.session != reconnect.fingerprint(came.session) or sign_in.user_id != came.user:
        raise OtherBrowser(name)
    if sign_in.used_at:
        raise UsedBefore(name)
    if sign_in.expires_at <= at:
        raise TookTooLong(name)
    unused = SignIn.objects.for_tenant(sign_in.tenant_id).filter(
        pk=sign_in.pk, used_at=None, stage=SignInStage.AWAY
    )
    if unused.update(used_at=at) != 1:
        raise UsedBefore(name)


def _demand_consent(came: Return, name: str) -> None:
    if came.error in _NOT_OFFERED:
        raise NotOffered(name)
    if came.error in _STUMBLED:
        raise PartnerAway(name)
    if came.error or not came.code:
        raise Declined(name)


def _ask_partner(sign_in: SignIn, code: str, name: str) -> Brought:
    connector, app = connector_for(sign_in.platform), partner.app_for(sign_in.platform, sign_in.login)

    async def trade(wire: Wire) -> tuple[TokenSet, Accounts]:
        exchanged = await connector.exchange(
            app,
            wire,
            code=code,
            redirect_uri=reconnect.callback_url(sign_in.platform),
            verifier=sign_in.verifier,
            login=sign_in.login,
        )
        if exchanged.tokens is None:
            raise _in_words(exchanged.failure, name)
        # A partner that does not say what it granted granted what was asked for.
        tokens = replace(exchanged.tokens, scopes=exchanged.tokens.scopes or connector.scopes)
        if missing := permissions.missing_to_look(sign_in.platform, tokens.scopes, login=sign_in.login):
            raise MissingPermissions(name, missing)
        return tokens, await connector.accounts(app, wire, tokens, login=sign_in.login)

    tokens, accounts = talk(trade, name)
    if accounts.failure:
        raise _in_words(accounts.failure, name)
    who = replace(
        tokens,
        user_id=tokens.user_id or accounts.user_id,
        user_name=tokens.user_name or accounts.user_name,
    )
    return Brought(who, accounts.accounts)


def talk(conversation: Callable[[Wire], Awaitable[T]], name: str) -> T:
    """
    Hold a conversation with a partner while a person waits for its end.

    :raises PartnerAway: when it breaks off.
    """

    async def run() -> T:
        async with open_session(connections=4) as session:
            return await conversation(HttpWire(session))

    try:
        # A thread of its own: whoever serves this request may have an event loop running in its thread already.
        with ThreadPoolExecutor(max_workers=1) as thread:
            return thread.submit(asyncio.run, run()).result()
    except WireFailed:
        raise PartnerAway(name) from None


def _in_words(failure: Classification | None, name: str) -> SignInFailed:
    if failure is None or failure.action in _MAY_HEAL:
        return PartnerAway(name)
    if failure.code is ErrorCode.PERMISSION_INSUFFICIENT:
        return MissingPermissions(name, [])
    if failure.action is ErrorAction.PAUSE_RECONNECT:
        return ConfirmationOver(name)
    return NotOffered(name)
