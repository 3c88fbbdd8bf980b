"""Connecting by an API key instead of a sign-in: the key carries its data centre as its end."""

import re

from apps.connections.connectors.base import failure, text_id
from apps.connections.connectors.interface import Accounts, PartnerApp, Request, TokenSet, Wire
from apps.connections.connectors.mailchimp.answers import PLATFORM, base
from apps.connections.connectors.mailchimp.oauth import audiences

LOGIN = "api_key"  # grants by key stand beside those by sign-in
# The end becomes a part of a host name: nothing but a data centre may stand there.
_KEY = re.compile(r"[A-Za-z0-9]{16,64}-([a-z]{2}[0-9]{1,3})")


class NotAKey(ValueError):
    """It does not look like an API key of Mailchimp."""


def data_centre(key: str) -> str:
    """
    Return where the key's account lives.

    :raises NotAKey: when it does not say so.
    """
    found = _KEY.fullmatch(key)
    if found is None:
        raise NotAKey
    return found[1]


async def introduce(app: PartnerApp, wire: Wire, key: str) -> tuple[TokenSet, Accounts]:
    """Ask Mailchimp whose key this is, and which audiences it reaches."""
    dc = data_centre(key)
    about = await wire.send(
        Request(
            "GET",
            f"{base(app.urls['MAILCHIMP_API_URL'], dc)}/",
            headers={"Authorization": f"Bearer {key}"},
            writes=False,
            budget="read",
        )
    )
    if not about.ok:
        return TokenSet(key), Accounts(failure=failure(PLATFORM, about, operation="oauth"))
    who = text_id(about.value("login_id")) or text_id(about.value("account_id"))
    name = str(about.value("account_name") or "")
    tokens = TokenSet(key, never_expires=True, user_id=who, user_name=name)
    return tokens, await audiences(app, wire, tokens, about, dc)
