"""Want a drill to end now; the next step heals what it broke."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.core.problems import Problem
from apps.drills.models import DrillRun
from apps.events import log


class DrillOver(Problem):
    """The drill has ended by itself."""

    code = "drill_over"
    status = 409
    title = "This drill is over"


@transaction.atomic
def abort(run: UUID, *, tenant: UUID | None, actor: str, at: datetime) -> DrillRun:
    """
    Write the wish down; `tenant` is None for the staff.

    :raises DrillOver: when there is nothing to end.
    """
    rows = DrillRun.objects.across_tenants() if tenant is None else DrillRun.objects.for_tenant(tenant)
    found = rows.get(pk=run)
    if not rows.filter(pk=run, ended_at=None).update(abort_wanted=actor):
        raise DrillOver(detail="Its report card says what it showed.")
    log.record(
        "drill.abort_wanted",
        tenant=found.tenant_id,
        subject=f"drill:{run}",
        actor=actor,
        at=at,
        data={"run": str(run)},
    )
    return found
