"""Bring a person into a tenant: invite by e-mail, accept once, withdraw."""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from apps.core.problems import Problem
from apps.tenants.choices import NOTIFY_ON_FIRST, Role
from apps.tenants.models import Invitation, Membership, User
from apps.tenants.secrets import digest

LIFETIME = timedelta(days=7)


class AlreadyMember(Problem):
    """The person belongs to the tenant already."""

    code = "already_member"
    status = 409
    title = "This person is in your team already"


class InvitationOver(Problem):
    """The link was used, withdrawn, replaced by a newer one, or is too old."""

    code = "invitation_over"
    status = 410
    title = "This invitation is no longer valid"


class InvitedSomebodyElse(Problem):
    """The person who is signed in is not the one who was invited."""

    code = "invited_somebody_else"
    status = 409
    title = "This invitation is for another e-mail address"


@transaction.atomic
def invite(*, tenant: UUID, email: str, role: Role, actor: str, at: datetime) -> tuple[Invitation, str]:
    """
    Write an invitation; an older open one for the same address ends. The returned secret cannot be read again.

    :raises AlreadyMember: when the person belongs to the tenant.
    """
    address = email.strip().lower()
    if Membership.objects.for_tenant(tenant).filter(user__email=address).exists():
        raise AlreadyMember(detail=f"{address} is in your team already.")
    withdraw(tenant=tenant, email=address, at=at)
    secret = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        tenant_id=tenant,
        email=address,
        role=role,
        digest=digest(secret),
        invited_by=actor,
        created_at=at,
        expires_at=at + LIFETIME,
    )
    return invitation, secret


def withdraw(*, tenant: UUID, email: str, at: datetime) -> bool:
    """Close the open invitation for the address; False when there was none."""
    open_ones = Invitation.objects.for_tenant(tenant).filter(email=email.lower(), closed_at=None)
    return bool(open_ones.update(closed_at=at))


def find(secret: str, *, at: datetime) -> Invitation:
    """
    Return the open invitation behind a link.

    :raises InvitationOver: also for a link that never was.
    """
    open_now = Q(digest=digest(secret), closed_at=None, expires_at__gt=at)
    found = Invitation.objects.across_tenants().select_related("tenant").filter(open_now).first()
    if found is None:
        raise InvitationOver(detail="It was used, withdrawn or is older than a week. Ask for a new one.")
    return found


@transaction.atomic
def accept(*, secret: str, user: User, at: datetime) -> Membership:
    """
    Make the invited person a member; the link works once.

    :raises InvitationOver: when somebody was first.
    :raises InvitedSomebodyElse: when the user's address is not the invited one.
    """
    found = find(secret, at=at)
    if user.email != found.email:
        raise InvitedSomebodyElse(
            detail=f"It is for {found.email}; you are signed in as {user.email}. Sign out and open the link again."
        )
    open_one = Invitation.objects.for_tenant(found.tenant_id).filter(pk=found.pk, closed_at=None)
    if not open_one.update(closed_at=at):
        raise InvitationOver(detail="It was used a moment ago.")
    member, _ = Membership.objects.across_tenants().get_or_create(
        tenant_id=found.tenant_id,
        user=user,
        defaults={"role": found.role, "notify_on": list(NOTIFY_ON_FIRST)},
    )
    return member
