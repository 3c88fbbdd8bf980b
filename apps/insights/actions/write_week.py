"""Sum up one week of a tenant, once."""

from datetime import date, datetime

from django.db import transaction

from apps.core import ids
from apps.events import log
from apps.insights.advice import advice
from apps.insights.choices import Category
from apps.insights.digest import digest
from apps.insights.letters import weekly
from apps.insights.models import AdvisorInsight
from apps.notifications import audience
from apps.notifications.actions.notify import notify
from apps.tenants.choices import NotifyOn
from apps.tenants.models import Tenant

ACTOR = "system:insights"


@transaction.atomic
def write_week(tenant: Tenant, week: date, *, mail: bool, at: datetime) -> AdvisorInsight | None:
    """Write the week's insight and, when it is news, mail it to those who want it; None when it is there already."""
    numbers = digest(tenant=tenant.pk, week=week)
    fresh = AdvisorInsight(
        id=ids.uuid7(),
        tenant=tenant,
        week_starting=week,
        category=Category.INTEGRATION_HEALTH,
        data=numbers.as_data(),
        recommendation="\n".join(advice(numbers)),
        created_at=at,
    )
    AdvisorInsight.objects.bulk_create([fresh], ignore_conflicts=True)
    if not AdvisorInsight.objects.for_tenant(tenant.pk).filter(pk=fresh.pk).exists():
        return None  # another tick was first
    about = f"insight:{fresh.pk}"
    data = {"week": week.isoformat()}
    log.record("insight.written", tenant=tenant.pk, subject=about, actor=ACTOR, at=at, data=data)
    if mail:
        notify(
            key=f"weekly:{tenant.pk}:{week}",
            letter=weekly(fresh, tenant),
            to=audience.people_of(tenant.pk, NotifyOn.WEEKLY_SUMMARY, at=at),
            tenant=tenant.pk,
            about=about,
            actor=ACTOR,
            at=at,
        )
    return fresh
