"""Weigh what a sign-in brought: is it the same account, may it post, who else of ours does it serve?"""

from datetime import datetime

from apps.connections import permissions, proving, sign_ins
from apps.connections.choices import RECONNECTABLE, ConnectionStatus, SignInStage
from apps.connections.connectors.interface import AccountFacts
from apps.connections.models import Connection, SignIn
from apps.connections.sign_ins import Brought
from apps.errors.messages import PLATFORM_NAMES
from apps.recovery.refusals import (
    AllConnected,
    MissingPermissions,
    NothingThere,
    OtherAccount,
    RoleTooLow,
    SignInFailed,
)
from apps.recovery.words import partner_name
from apps.tenants import flags
from apps.tenants.choices import Flag


def weigh(sign_in: SignIn, brought: Brought, *, at: datetime) -> None:
    """
    Let it prove itself, or let the person choose first.

    :raises SignInFailed: when nothing can come of it.
    """
    if sign_in.connection is None:
        _weigh_new(sign_in, brought, at)
    else:
        _weigh_again(sign_in, sign_in.connection, brought, at)


def _weigh_new(sign_in: SignIn, brought: Brought, at: datetime) -> None:
    new = unconnected(sign_in, brought)
    if not new:
        raise _why_none(sign_in, brought)
    if len(new) == 1:
        proving.begin(sign_in, brought, [new[0].external_id], at=at)
    else:
        sign_ins.keep(sign_in, brought, stage=SignInStage.CHOOSING, at=at)


def _weigh_again(sign_in: SignIn, connection: Connection, brought: Brought, at: datetime) -> None:
    """The account must be equal; who signed in does not matter."""
    name, who = partner_name(connection), brought.tokens.user_name or "somebody else"
    same = next((one for one in brought.accounts if one.external_id == connection.external_id), None)
    if same is None:
        sign_in.connection = None  # what they manage can be added as new
        sign_ins.keep(sign_in, brought, stage=SignInStage.CHOOSING, at=at)
        raise OtherAccount(name, who=who, account=connection.name)
    if not same.may_publish:
        raise RoleTooLow(name, who=who, account=connection.name)
    granted = brought.tokens.scopes
    if not permissions.can_publish(sign_in.platform, same.type, granted):
        raise MissingPermissions(name, permissions.missing(sign_in.platform, same.type, granted))
    proving.begin(sign_in, brought, [same.external_id, *_siblings(connection, brought)], at=at)


def usable(brought: Brought, platform: str) -> list[AccountFacts]:
    """Return the accounts on which at least one format can go out with what was granted."""
    granted = brought.tokens.scopes
    return [
        one
        for one in brought.accounts
        if one.may_publish and permissions.can_publish(platform, one.type, granted)
    ]


def unconnected(sign_in: SignIn, brought: Brought) -> list[AccountFacts]:
    """Return the usable accounts that this tenant has not connected yet, or that wait for a reconnect."""
    mine = Connection.objects.for_tenant(sign_in.tenant_id).filter(platform=sign_in.platform)
    # Without the wizard nobody reconnects by the back door of adding what is there already.
    wizard = flags.enabled(sign_in.tenant_id, Flag.RECONNECT_WIZARD)
    free = RECONNECTABLE if wizard else {ConnectionStatus.INACTIVE}
    taken = set(mine.exclude(status__in=sorted(free)).values_list("external_id", flat=True))
    return [one for one in usable(brought, sign_in.platform) if one.external_id not in taken]


def _siblings(connection: Connection, brought: Brought) -> list[str]:
    """The connections that the same person's authorisation serves: one sign-in heals all that it can."""
    same_person = Connection.objects.for_tenant(connection.tenant_id).filter(
        platform=connection.platform,
        grant__login=connection.grant.login,
        grant__external_user_id=brought.tokens.user_id,
    )
    served = set(
        same_person.exclude(status=ConnectionStatus.INACTIVE)
        .exclude(pk=connection.pk)
        .values_list("external_id", flat=True)
    )
    return [one.external_id for one in usable(brought, connection.platform) if one.external_id in served]


def _why_none(sign_in: SignIn, brought: Brought) -> SignInFailed:
    name = PLATFORM_NAMES[sign_in.platform]
    who = brought.tokens.user_name or "This person"
    if usable(brought, sign_in.platform):
        return AllConnected(name, who=who)
    if not brought.accounts:
        return NothingThere(name, who=who)
    first, granted = brought.accounts[0], brought.tokens.scopes
    if not first.may_publish:
        return RoleTooLow(name, who=who, account=first.name)
    return MissingPermissions(name, permissions.missing(sign_in.platform, first.type, granted))
