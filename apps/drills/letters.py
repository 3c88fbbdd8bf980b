"""
What a partner would tell us of an account, sealed with our own secrets and brought to our own door by HTTP.

The stage does not write these: it knows no secret of ours, and our door takes nothing that others have sealed.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from django.conf import settings

from apps.connections.models import Connection
from apps.connections.partner import secrets_of
from apps.drills.desk import NotReady
from apps.webhooks.inbound.mailchimp import receiver as mailchimp
from apps.webhooks.inbound.views import PREFIX

PATIENCE = 5.0  # seconds
_FORM = "application/x-www-form-urlencoded"


class DoorShut(NotReady):
    """Our own address for partners cannot be reached from here, or does not believe us."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One POST of a partner."""

    path: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    kind: str = "application/json"


def why_none(connection: Connection) -> str:
    """Return why nobody can write in the partner's name, or nothing."""
    if connection.platform not in _WRITERS:
        return "Google seals what it tells with a key of its own; nobody else can write in its name."
    if not _secret(connection):
        return "There is no client secret of this partner, so what it tells could not be proved."
    return ""


def ends_access(connection: Connection) -> bool:
    """Return True when what we write says that a person took our access back; else it makes us ask the partner."""
    return connection.platform in {"meta", "tiktok"}


def named(connection: Connection) -> str:
    """Return whom it is about, as the partner calls them."""
    return connection.grant.external_user_id if ends_access(connection) else connection.external_id


def about(connection: Connection, *, at: datetime) -> Letter:
    """Return what the partner would tell of the account at this moment; the same moment, the same bytes."""
    return _WRITERS[connection.platform](connection, round(at.timestamp()), _secret(connection))


def bring(letter: Letter) -> None:
    """Post it. :raises DoorShut: when it is not taken."""
    request = Request(  # noqa: S310 - our own address
        f"{settings.PUBLIC_URL}{PREFIX}{letter.path}",
        letter.body,
        {"Content-Type": letter.kind, **letter.headers},
        method="POST",
    )
    try:
        with urlopen(request, timeout=PATIENCE):  # noqa: S310 - the same
            return
    except HTTPError as error:
        why = f"It answered {error.code}"
    except (URLError, OSError) as error:
        why = type(error).__name__
    raise DoorShut(f"Our own address for partners, {settings.PUBLIC_URL}, did not take a letter ({why}).")


def _secret(connection: Connection) -> str:
    word = "INSTAGRAM" if connection.grant.login == "instagram" else connection.platform.upper()
    return next(iter(secrets_of(f"{word}_CLIENT_SECRET")), "")


def _seal(secret: str, message: bytes) -> str:
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def _meta(connection: Connection, at: int, secret: str) -> Letter:
    """https://developers.facebook.com/docs/facebook-login/guides/advanced/re-authentication (signed_request)"""
    said = {"user_id": connection.grant.external_user_id, "algorithm": "HMAC-SHA256", "issued_at": at}
    payload = _base64(json.dumps(said).encode())
    seal = _base64(hmac.new(secret.encode(), payload.encode(), hashlib.sha256).digest())
    body = urlencode({"signed_request": f"{seal}.{payload}"}).encode()
    return Letter("meta/deauthorize", body, kind=_FORM)


def _tiktok(connection: Connection, at: int, secret: str) -> Letter:
    """https://developers.tiktok.com/doc/webhooks-verification"""
    said = {
        "client_key": settings.PARTNER_CREDENTIALS.get("TIKTOK_CLIENT_ID", ""),
        "event": "authorization.removed",
        "create_time": at,
        "user_openid": connection.grant.external_user_id,
        "content": json.dumps({"reason": 1}),
    }
    body = json.dumps(said).encode()
    seal = _seal(secret, f"{at}.".encode() + body)
    return Letter("tiktok", body, {"TikTok-Signature": f"t={at},s={seal}"})


def _linkedin(connection: Connection, at: int, secret: str) -> Letter:
    """https://learn.microsoft.com/linkedin/shared/api-guide/webhook-validation"""
    row: dict[str, Any] = {
        "notificationId": f"drill-{connection.pk}-{at}",  # no id of LinkedIn's looks like this
        "organizationalEntity": connection.external_id,
        "lastModifiedAt": at * 1000,
    }
    body = json.dumps({"type": "PERMISSION_REVOKED", "notifications": [row]}).encode()
    seal = _seal(secret, b"hmacsha256=" + body)
    return Letter("linkedin", body, {"X-LI-Signature": seal})


def _mailchimp(connection: Connection, at: int, _secret: str) -> Letter:
    """Nothing is sealed: the address is the proof. https://mailchimp.com/developer/marketing/guides/sync-audience-data-webhooks/"""
    fired = datetime.fromtimestamp(at, UTC)
    said = {
        "type": "list_deleted",
        "fired_at": f"{fired:%Y-%m-%d %H:%M:%S}",
        "data[list_id]": connection.external_id,
    }
    return Letter(f"mailchimp/{mailchimp.token(connection.pk)}", urlencode(said).encode(), kind=_FORM)


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


_WRITERS: Mapping[str, Callable[[Connection, int, str], Letter]] = {
    "meta": _meta,
    "tiktok": _tiktok,
    "linkedin": _linkedin,
    "mailchimp": _mailchimp,
}
