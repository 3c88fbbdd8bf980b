"""Links in e-mails that lead to a reconnect: signed, good for 72 hours, used once, and no sign-in in themselves."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from apps.connections.models import Connection, ReconnectLink
from apps.core.problems import Problem
from apps.tenants import queries as tenants
from apps.tenants.choices import Role

LIFETIME = timedelta(hours=72)
_SIGNER = Signer(salt="reconnect-link")


class LinkUnknown(Problem):
    """We never sent this link, or it leads to what this person may not see."""

    code = "reconnect_link_unknown"
    status = 404
    title = "This link is not for you"


class LinkUsed(Problem):
    """It has been followed before."""

    code = "reconnect_link_used"
    status = 410
    title = "This link was used already"


class LinkExpired(Problem):
    """It is older than 72 hours."""

    code = "reconnect_link_expired"
    status = 410
    title = "This link is too old"


def reconnect_link(connection: Connection, at: datetime) -> str:
    """Return a fresh link to the reconnect of this connection, to be put into one e-mail."""
    link = ReconnectLink.objects.create(
        tenant_id=connection.tenant_id, connection=connection, expires_at=at + LIFETIME
    )
    return f"{settings.PUBLIC_URL}{reverse('reconnect_link', args=[_SIGNER.sign(link.pk.hex)])}"


def follow(token: str, *, user: UUID, at: datetime) -> Connection:
    """
    Use a link; return the connection that it is about.

    :raises LinkUnknown: also for a link of a team that the person does not belong to, or may not act for.
    :raises LinkUsed: when it was followed before.
    :raises LinkExpired: after 72 hours.
    """
    link = _read(token)
    member = tenants.member(link.tenant_id, user) if link else None
    if link is None or member is None or not tenants.may(member, Role.OPERATOR):
        raise LinkUnknown(
            detail="It belongs to another person or another team, or it was cut off on its way. Open it as the person to whom the e-mail was sent."
        )
    if link.used_at:
        raise LinkUsed(detail="Each link works once. Your connections have a Reconnect button, too.")
    if link.expires_at <= at:
        raise LinkExpired(
            detail="Links in our e-mails work for three days. Your connections have a Reconnect button that always works."
        )
    unused = ReconnectLink.objects.for_tenant(link.tenant_id).filter(pk=link.pk, used_at=None)
    if unused.update(used_at=at) != 1:
        raise LinkUsed(detail="Each link works once. Your connections have a Reconnect button, too.")
    return link.connection


def _read(token: str) -> ReconnectLink | None:
    try:
        key = UUID(hex=_SIGNER.unsign(token))
    except (BadSignature, ValueError):
        return None
    rows = ReconnectLink.objects.across_tenants().select_related("connection")
    return rows.filter(pk=key).first()
