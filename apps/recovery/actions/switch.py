"""Make proven credentials the current ones: the last step of a sign-in, in the transaction that settles its check."""

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from apps.connections import credentials, revoking, sign_ins
from apps.connections.actions.connect import AccountTaken, connect_account, save_grant
from apps.connections.choices import REFUSED, ConnectionStatus, SignInStage
from apps.connections.connectors.interface import AccountFacts, TokenSet
from apps.connections.lanes import all_scopes
from apps.connections.metrics import RECONNECTS
from apps.connections.models import STATUS_FIELDS, Connection, Grant, SignIn
from apps.connections.sign_ins import Brought
from apps.events import log
from apps.jobs.actions.hold import release
from apps.jobs.kinds import HoldReason
from apps.jobs.models import Lane
from apps.recovery.actions.resume import resume
from apps.recovery.weigh import usable


def switch(sign_in: SignIn, brought: Brought, at: datetime) -> None:
    """
    Give the chosen connections the new grant, and let those that were stopped go on.

    What else of theirs its person manages is offered afterwards; it stays where it is until somebody says so.

    :raises AccountTaken: when somebody else has connected one of them.
    """
    actor, found = f"user:{sign_in.user_id}", {one.external_id: one for one in brought.accounts}
    rows = Connection.objects.for_tenant(sign_in.tenant_id).select_for_update(of=("self",)).order_by("pk")
    mine = list(
        rows.select_related("grant").filter(platform=sign_in.platform, external_id__in=sign_in.chosen)
    )
    left = {one.grant_id: one.grant for one in mine}
    version = _highest_version(mine)
    grant = _grant(sign_in, brought, at)
    try:
        for one in mine:
            _give(one, grant, found[one.external_id], actor=actor, at=at)
        for name in _new(sign_in.chosen, mine):
            connect_account(grant, found[name], actor=actor, at=at)
        credentials.outgrow(grant, version)
        _let_go_on(mine, actor=actor, at=at, backfill=sign_in.backfill)
    except IntegrityError as error:
        if "connection_of_an_account_by_one_tenant_only" not in str(error):
            raise
        raise AccountTaken(detail="One of these accounts was connected elsewhere a moment ago.") from None
    _conclude(sign_in, brought, [one for key, one in left.items() if key != grant.pk], actor, at)


def _highest_version(connections: Sequence[Connection]) -> int:
    current = credentials.for_connections(connections)
    return max((one.version for one in current.values()), default=0)


def _grant(sign_in: SignIn, brought: Brought, at: datetime) -> Grant:
    """Return the person's grant with the new tokens; when more is moved to it afterwards they are there already."""
    if _is_more(sign_in):
        return Grant.objects.for_tenant(sign_in.tenant_id).get(
            platform=sign_in.platform, login=sign_in.login, external_user_id=brought.tokens.user_id
        )
    return save_grant(
        tenant=sign_in.tenant_id,
        platform=sign_in.platform,
        tokens=brought.tokens,
        at=at,
        login=sign_in.login,
        new_id=sign_in.pk,
    )


def _is_more(sign_in: SignIn) -> bool:
    """Return True when its own connection has been through this already."""
    return sign_in.connection is not None and sign_in.connection.external_id not in sign_in.chosen


def _new(chosen: Sequence[str], mine: Sequence[Connection]) -> list[str]:
    known = {one.external_id for one in mine}
    return [name for name in chosen if name not in known]


def _give(connection: Connection, grant: Grant, account: AccountFacts, *, actor: str, at: datetime) -> None:
    """Let a connection use the grant; its lane listens to the grant's holds from now on."""
    before, connection.grant = connection.grant_id, grant
    Connection.objects.for_tenant(connection.tenant_id).filter(pk=connection.pk).update(
        grant=grant, details=dict(account.details)
    )
    Lane.objects.for_tenant(connection.tenant_id).filter(key=connection.lane_key).update(
        scopes=all_scopes(connection)
    )
    if account.token:
        credentials.save(
            TokenSet(account.token, never_expires=True), grant=grant, connection=connection, at=at
        )
    transaction.on_commit(RECONNECTS.labels(connection.platform).inc)
    log.record(
        "connection.reconnected",
        tenant=connection.tenant_id,
        subject=f"connection:{connection.pk}",
        actor=actor,
        at=at,
        data={"grant": str(grant.pk), "before": str(before)},
    )


def _let_go_on(connections: Sequence[Connection], *, actor: str, at: datetime, backfill: bool) -> None:
    """What our own team has stopped stays stopped: fresh credentials are no answer to that."""
    stopped = [one for one in connections if one.status in REFUSED]
    for one in stopped:
        now = Connection.objects.for_tenant(one.tenant_id).get(pk=one.pk)  # it may be back with another one
        if now.status != ConnectionStatus.ACTIVE:
            resume(now, actor=actor, at=at, backfill=backfill, among={each.pk for each in stopped})
    for one in connections:
        if one.status == ConnectionStatus.INACTIVE:
            one.resume()
            one.save(update_fields=STATUS_FIELDS)
            release(scope=f"lane:{one.lane_key}", reason=HoldReason.CONNECTION, actor=actor, at=at)


def _conclude(sign_in: SignIn, brought: Brought, left: Sequence[Grant], actor: str, at: datetime) -> None:
    """End the sign-in, or go on with the question what else shall move; grants that serve nobody end."""
    more = [] if _is_more(sign_in) else _movable(sign_in, brought, left)
    if more:
        SignIn.objects.for_tenant(sign_in.tenant_id).filter(pk=sign_in.pk).update(why=sign_in.why)
        sign_ins.keep(sign_in, Brought(brought.tokens, tuple(more)), stage=SignInStage.CHOOSING, at=at)
    else:
        sign_ins.end(sign_in, SignInStage.DONE, why=sign_in.why, chosen=sign_in.chosen)
    for grant in left:
        revoking.retire(grant, actor=actor, at=at)


def _movable(sign_in: SignIn, brought: Brought, left: Sequence[Grant]) -> list[AccountFacts]:
    """Return what the old person's authorisation still serves and the new person manages as well."""
    served = (
        Connection.objects.for_tenant(sign_in.tenant_id)
        .filter(grant__in=[grant.pk for grant in left])
        .exclude(status=ConnectionStatus.INACTIVE)
    )
    names = set(served.values_list("external_id", flat=True))
    return [one for one in usable(brought, sign_in.platform) if one.external_id in names]
