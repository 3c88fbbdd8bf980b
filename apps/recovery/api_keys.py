"""Mailchimp by API key: typed in here, checked there, and then like any other sign-in."""

import secrets
from datetime import datetime
from uuid import UUID

from apps.connections import partner, sign_ins
from apps.connections.choices import SignInStage
from apps.connections.connectors.interface import Accounts, TokenSet, Wire
from apps.connections.connectors.mailchimp import keys
from apps.connections.models import Connection, SignIn
from apps.connections.sign_ins import LIFETIME, Brought
from apps.core.problems import Problem
from apps.errors import live
from apps.errors.codes import ErrorAction
from apps.errors.messages import PLATFORM_NAMES
from apps.recovery.reconnect import fingerprint
from apps.recovery.refusals import PartnerAway, SignInFailed
from apps.recovery.returning import talk
from apps.recovery.weigh import weigh

PLATFORM = "mailchimp"


class KeyRefused(Problem):
    """Mailchimp does not know the key."""

    code = "api_key_refused"
    status = 422
    title = "This key does not work"


def connect_by_key(
    key: str, *, tenant: UUID, connection: Connection | None, user: UUID, session: str, at: datetime
) -> SignIn:
    """
    Check the key at Mailchimp and let it prove itself.

    :raises KeyRefused: when it is none, or not one that Mailchimp knows.
    :raises SignInFailed: when it leads to nothing, as with any other sign-in.
    """
    live.refresh()
    tokens, accounts = _ask(key)
    if accounts.failure and accounts.failure.action is ErrorAction.PAUSE_RECONNECT:
        raise KeyRefused(
            detail="Mailchimp does not know this key. Copy it once more, or make a new one there."
        )
    if accounts.failure:
        raise PartnerAway(PLATFORM_NAMES[PLATFORM])
    sign_in = SignIn.objects.create(
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
    try:
        weigh(sign_in, Brought(tokens, accounts.accounts), at=at)
    except SignInFailed as failed:
        if failed.code != "sign_in_other_account":
            sign_ins.end(sign_in, SignInStage.FAILED, why=failed.detail)
        raise
    return sign_in


def _ask(key: str) -> tuple[TokenSet, Accounts]:
    async def introduce(wire: Wire) -> tuple[TokenSet, Accounts]:
        return await keys.introduce(partner.app_for(PLATFORM), wire, key)

    try:
        return talk(introduce, PLATFORM_NAMES[PLATFORM])
    except keys.NotAKey:
        raise KeyRefused(
            detail="This is no API key of Mailchimp: it has 32 letters and digits, a hyphen and an end like “us6”."
        ) from None
