"""The way out: from our button to the partner's consent page."""

import hashlib
import secrets
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.core.signing import Signer
from django.urls import reverse

from apps.connections import partner
from apps.connections.connectors.registry import connector_for
from apps.connections.models import Connection, SignIn
from apps.connections.sign_ins import LIFETIME
from apps.errors.codes import ErrorCode


def generate_reconnect_url(connection: Connection, reason: str = "", *, scope_fix: bool = False) -> str:
    """Return our address that begins the reconnect of a connection; `scope_fix` asks for what was left out."""
    why = reason or connection.pause_reason
    query = {"reconnect": "true", "prev_connection": str(connection.pk), "reason": why}
    if scope_fix or why == ErrorCode.PERMISSION_INSUFFICIENT:
        query["scope_fix"] = "true"
    return f"{reverse('oauth_start', args=[connection.platform])}?{urlencode(query)}"


def reconnect_address(connection: Connection, *, scope_fix: bool = False) -> str:
    """Return the same with our host in front: for pages that are not ours."""
    return f"{settings.PUBLIC_URL}{generate_reconnect_url(connection, scope_fix=scope_fix)}"


def begin(
    *,
    tenant: UUID,
    platform: str,
    connection: Connection | None = None,
    login: str = "",
    user: UUID,
    session: str,
    backfill: bool = True,
    scope_fix: bool = False,
    at: datetime,
) -> str:
    """Note the sign-in and return the partner's consent page; without a connection it is a first connect, by this login."""
    connector = connector_for(platform)
    token, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48) if connector.pkce else ""
    login = connection.grant.login if connection else login
    SignIn.objects.create(
        state=fingerprint(token),
        tenant_id=tenant,
        user_id=user,
        platform=platform,
        login=login,
        connection=connection,
        session=fingerprint(session),
        verifier=verifier,
        backfill=backfill,
        expires_at=at + LIFETIME,
    )
    return connector.authorize_url(
        partner.app_for(platform, login),
        redirect_uri=callback_url(platform),
        state=signer(platform).sign(token),
        verifier=verifier,
        again=scope_fix,
        login=login,
    )


def callback_url(platform: str) -> str:
    """Return where the partner sends the browser back to: each partner has its own, so that none speaks for another."""
    return f"{settings.PUBLIC_URL}{reverse('oauth_callback', args=[platform])}"


def signer(platform: str) -> Signer:
    """Return what signs the states that travel to a partner; a forged one is refused before anything is read."""
    return Signer(salt=f"sign-in:{platform}")


def fingerprint(text: str) -> str:
    """Return what is stored of a state or a session."""
    return hashlib.sha256(text.encode()).hexdigest()
