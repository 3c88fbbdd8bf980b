"""The summary as people get it by mail."""

from django.conf import settings
from django.urls import reverse

from apps.insights import weeks, words
from apps.insights.models import AdvisorInsight
from apps.notifications.letter import Action, Letter, write
from apps.tenants.models import Tenant


def weekly(insight: AdvisorInsight, tenant: Tenant) -> Letter:
    """Say how the week went, what we advise, and where the charts are."""
    week = insight.week_starting.isoformat()
    link = f"{settings.PUBLIC_URL}{reverse('insights', args=[tenant.slug])}?week={week}"
    context = {
        "tenant": tenant,
        "week": weeks.in_words(insight.week_starting),
        "quiet": insight.data["quiet"],
        "lines": lines(insight),
        "advice": insight.advice,
    }
    return write("weekly", context, action=Action("See the charts", link))


def lines(insight: AdvisorInsight) -> list[tuple[str, str]]:
    """Return the week's numbers by their names, without those that say nothing."""
    data, this, before = insight.data, insight.data["this"], insight.data["before"]
    rate = this["success_rate"]
    found = [
        ("Posts published", f"{this['published']:,} (the week before: {before['published']:,})"),
        ("Share that went out", f"{rate * 100:.1f} %" if rate is not None else ""),
        ("Not published", f"{this['failed']:,}" if this["failed"] else ""),
        ("Tried again by ourselves", words.counted(this["retried"], "time") if this["retried"] else ""),
        ("Accounts reconnected", f"{this['reconnects']:,}" if this["reconnects"] else ""),
        (
            "Until an account published again",
            f"{words.duration(data['recovery_seconds'])} on average" if data["recoveries"] else "",
        ),
        (
            "Partners asked us to slow down",
            words.counted(this["slowed_down"], "time") if this["slowed_down"] else "",
        ),
        ("Went out after a stop", words.counted(data["backfilled"], "post") if data["backfilled"] else ""),
        (
            "Kept from going out twice",
            words.counted(this["duplicates_prevented"], "post") if this["duplicates_prevented"] else "",
        ),
    ]
    return [(name, value) for name, value in found if value]
