"""The weekly summary: an hourly tick writes every week that is due and not there yet; late and doubled ticks do no harm."""

import logging
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import InterfaceError, OperationalError
from django.db.models import Min

from apps.connections.models import Connection
from apps.insights import rollups, weeks
from apps.insights.actions.write_week import write_week
from apps.insights.models import AdvisorInsight
from apps.tenants import flags
from apps.tenants.choices import Flag

logger = logging.getLogger(__name__)
# A week is summed up once everything until so long after its end has been counted.
MARGIN = timedelta(minutes=10)


def write_due(*, at: datetime) -> int:
    """Write what is due and return how many; only the newest week is mailed. One tenant that fails stops only itself."""
    counted, since = rollups.complete_until(), _since()
    known = _written(at)
    written = 0
    for tenant in flags.tenants_with(Flag.WEEKLY_SUMMARY).filter(pk__in=since):
        for week in weeks.due(at):
            _, end = weeks.bounds(week)
            if (tenant.pk, week) in known or since[tenant.pk] >= end:
                continue
            if counted is None or counted < end + MARGIN:
                continue
            try:
                mail = week == weeks.newest_due(at)
                written += write_week(tenant, week, mail=mail, at=at) is not None
            except (OperationalError, InterfaceError):
                raise
            except Exception:
                logger.exception("weekly_summary.failed", extra={"tenant": str(tenant.pk), "week": str(week)})
    return written


def _since() -> dict[UUID, datetime]:
    """Return since when each tenant has accounts; who has none has no weeks."""
    rows = Connection.objects.across_tenants().values_list("tenant").annotate(since=Min("created_at"))
    return dict(rows.order_by())


def _written(at: datetime) -> set[tuple[UUID, date]]:
    rows = AdvisorInsight.objects.across_tenants().filter(week_starting__in=weeks.due(at))
    return set(rows.values_list("tenant", "week_starting"))
