"""Ask a partner now whether a connection works, because an operator wants to know."""

from datetime import datetime

from django.db import transaction

from apps.connections.choices import ConnectionStatus
from apps.connections.models import Connection
from apps.core.problems import Problem
from apps.events import log
from apps.jobs.choices import OPEN
from apps.jobs.models import Job
from apps.recovery.actions.check import check

WHY = "operator"


class NothingToCheck(Problem):
    """There is no access to ask with."""

    code = "connection_disconnected"
    status = 409
    title = "This account is disconnected"


class CheckUnderWay(Problem):
    """One is enough."""

    code = "check_under_way"
    status = 409
    title = "It is being checked already"


@transaction.atomic
def check_now(connection: Connection, *, actor: str, at: datetime) -> None:
    """
    Enqueue a check that runs through every hold.

    :raises NothingToCheck: when it is disconnected.
    :raises CheckUnderWay: when one that somebody wanted has not ended.
    """
    # Two operators at once: the second sees the first one's check.
    current = Connection.objects.across_tenants().select_for_update(no_key=True).get(pk=connection.pk)
    if current.status == ConnectionStatus.INACTIVE:
        raise NothingToCheck(detail="Its people can connect it again.")
    mine = Job.objects.for_tenant(current.tenant_id).filter(connection=current.pk, kind="health_check")
    if mine.filter(args__why=WHY, state__in=sorted(OPEN)).exists():
        raise CheckUnderWay(detail="Look again in a moment.")
    check([current], why=WHY, at=at)
    log.record(
        "connection.check_ordered",
        tenant=current.tenant_id,
        subject=f"connection:{current.pk}",
        actor=actor,
        at=at,
    )
