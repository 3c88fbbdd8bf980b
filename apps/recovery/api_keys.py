"""Mailchimp by API key: typed in here, checked there, and then like any other sign-in."""

import secrets
from datetime import datetime
from uuid import UUID

from apps.connections import partner
from apps.connections.connectors.interface import Accounts, TokenSet, Wire
from apps.connections.connectors.mailchimp import keys
from apps.connections.models import Connection, SignIn
from apps.connections.sign_ins import LIFETIME, Brought
from apps.core.problems import Problem
from apps.errors import live
from apps.errors.codes import ErrorAction
from apps.errors.messages import PLATFORM_NAMES
from apps.recovery.reconnect import fingerprint
from apps.recovery.refusals import PartnerAway, ending
from apps.recovery.returning import talk
from apps.recovery.weigh import weigh

PLATFORM = "mailchimp"


class KeyRefused(Problem):
    """Mailchimp does not know the key."""

    code = "api_key_refused"
    status = 422
    title = "This key does not work"


def check(key: str) -> Brought:
    """
    Ask Mailchimp what the key reaches.

    :raises KeyRefused: when it is none, or not one that Mailchimp knows.
    :raises PartnerAway: when Mailchimp does not answer.
    """
    live.refresh()
    tokens, accounts = _ask(key)
    if accounts.failure and accounts.failure.action is ErrorAction.PAUSE_RECONNECT:
        raise KeyRefused(
            detail="Mailchimp does not know this key. Copy it once more, or make a new one there."
        )
    if accounts.failure:
        raise PartnerAway(PLATFORM_NAMES[PLATFORM])
    return Brought(tokens, accounts.accounts)


def begin_by_key(
    *, tenant: UUID, connection: Connection | None, user: UUID, session: str, at: datetime
) -> SignIn:
    """Note a sign-in that is back before it was away."""
    return SignIn.objects.create(
        state=fingerprint(secrets.token_urlsafe(32)),
        tenant_id=tenant,
        user_id=user,
        platform=PLATFORM,
        login=keys.LOGIN,
        connection=connection,
        session=fingerprint(session),
        expires_at=at + LIFETIME,
        used_at=at,
    )


def finish(sign_in: SignIn, brought: Brought, *, at: datetime) -> None:
    """
    Let what the key reaches prove itself.

    :raises SignInFailed: when it leads to nothing, as with any other sign-in.
    """
    with ending(sign_in):
        weigh(sign_in, brought, at=at)


def _ask(key: str) -> tuple[TokenSet, Accounts]:
    async def introduce(wire: Wire) -> tuple[TokenSet, Accounts]:
        return await keys.introduce(partner.app_for(PLATFORM), wire, key)

    try:
        return talk(introduce, PLATFORM_NAMES[PLATFORM])
    except keys.NotAKey:
        raise KeyRefused(
            detail="This is no API key of Mailchimp: it has 32 letters and digits, a hyphen and an end like “us6”."
        ) from None
