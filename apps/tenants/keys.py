"""API keys: `rk_<prefix>_<secret>`; the secret is shown once and kept as a peppered hash."""

import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from apps.core.problems import Problem
from apps.tenants.models import ApiKey
from apps.tenants.secrets import digest

NOTED_EVERY = timedelta(minutes=1)


class KeyUnknown(Problem):
    """No such API key."""

    code = "api_key_unknown"
    status = 401
    title = "This API key is not known"


class KeyExpired(Problem):
    """The API key's time is over."""

    code = "api_key_expired"
    status = 401
    title = "This API key has expired"


class KeyRevoked(Problem):
    """Somebody took the API key back."""

    code = "api_key_revoked"
    status = 401
    title = "This API key was revoked"


def issue(
    *, tenant: UUID, name: str, scopes: Sequence[str], at: datetime, expires_at: datetime | None = None
) -> tuple[ApiKey, str]:
    """Create a key; the returned secret cannot be read again."""
    prefix, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    key = ApiKey.objects.create(
        tenant_id=tenant,
        name=name,
        prefix=prefix,
        digest=digest(secret),
        scopes=list(scopes),
        created_at=at,
        expires_at=expires_at,
    )
    return key, f"rk_{prefix}_{secret}"


def verify(presented: str, *, at: datetime) -> ApiKey:
    """
    Return the key that was presented.

    :raises KeyUnknown: also when only the secret is wrong, so that prefixes cannot be tried out.
    :raises KeyExpired: after its end.
    :raises KeyRevoked: after it was taken back.
    """
    _, _, rest = presented.partition("rk_")
    prefix, _, secret = rest.partition("_")
    key = ApiKey.objects.across_tenants().filter(prefix=prefix).first()
    if not hmac.compare_digest(digest(secret), key.digest if key else "") or key is None:
        raise KeyUnknown(detail="Send it as `Authorization: Bearer rk_...`.")
    if key.revoked_at and key.revoked_at <= at:
        raise KeyRevoked(detail="Ask an admin of your tenant for a new one.")
    if key.expires_at and key.expires_at <= at:
        raise KeyExpired(detail="Ask an admin of your tenant for a new one.")
    _note_use(key, at)
    return key


def _note_use(key: ApiKey, at: datetime) -> None:
    """To the minute: a row that every request of a busy caller writes is one that they all wait for."""
    if key.last_used_at is None or at - key.last_used_at >= NOTED_EVERY:
        ApiKey.objects.across_tenants().filter(pk=key.pk).update(last_used_at=at)


def rotate(*, key: ApiKey, at: datetime, overlap: timedelta = timedelta(hours=24)) -> tuple[ApiKey, str]:
    """Create a key with the same name and scopes; the old one goes on working for `overlap`."""
    fresh, secret = issue(
        tenant=key.tenant_id, name=key.name, scopes=key.scopes, at=at, expires_at=key.expires_at
    )
    end = min(key.expires_at or at + overlap, at + overlap)
    ApiKey.objects.for_tenant(key.tenant_id).filter(pk=key.pk).update(expires_at=end)
    return fresh, secret


def revoke(*, key: ApiKey, at: datetime) -> bool:
    """End a key at once; False when it was ended before."""
    rows = ApiKey.objects.for_tenant(key.tenant_id)
    return bool(rows.filter(pk=key.pk, revoked_at=None).update(revoked_at=at))
