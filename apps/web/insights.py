"""How the weeks went: the summary with its charts, and whether it comes by mail."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from apps.core import clock
from apps.events import log
from apps.insights import weeks, words
from apps.insights.letters import lines
from apps.insights.models import AdvisorInsight
from apps.insights.queries import insights_of
from apps.tenants.actions.notify_on import choose
from apps.tenants.choices import NotifyOn
from apps.tenants.models import Membership
from apps.web.access import for_members
from apps.web.charts import Chart, Column, columns

SHOWN = 8  # weeks side by side


@for_members()
def show(request: HttpRequest, member: Membership) -> HttpResponse:
    """Show the newest week, or the one that was asked for."""
    told = list(insights_of(tenant=member.tenant_id)[: SHOWN * 4])
    context: dict[str, Any] = {
        "tenant": member.tenant,
        "member": member,
        "by_mail": NotifyOn.WEEKLY_SUMMARY in member.notify_on,
        "next_one": weeks.bounds(weeks.newest_due(clock.now()))[1] + weeks.WEEK + weeks.DUE_AFTER,
    }
    if told:
        context |= _week(told, _place(told, request.GET.get("week", "")))
    return render(request, "web/insights.html", context)


@require_POST
@for_members()
def mail(request: HttpRequest, member: Membership) -> HttpResponseBase:
    """Send the summary by mail from now on, or no longer."""
    wanted = request.POST.get("wanted") == "on"
    with transaction.atomic():
        choose(member, NotifyOn.WEEKLY_SUMMARY, wanted=wanted)
        log.record(
            "member.notify_changed",
            tenant=member.tenant_id,
            subject=f"tenant:{member.tenant_id}",
            actor=f"user:{member.user_id}",
            at=clock.now(),
            data={
                "user": str(member.user_id),
                "topic": NotifyOn.WEEKLY_SUMMARY,
                "before": NotifyOn.WEEKLY_SUMMARY in member.notify_on,
                "after": wanted,
            },
        )
    messages.success(request, "Saved.")
    return redirect("insights", slug=member.tenant.slug)


def _place(told: Sequence[AdvisorInsight], asked: str) -> int:
    """Return which of them is meant. :raises Http404: for a week that was not summed up."""
    if not asked:
        return 0
    with suppress(ValueError):
        wanted = date.fromisoformat(asked)
        for place, one in enumerate(told):
            if one.week_starting == wanted:
                return place
    raise Http404


def _week(told: Sequence[AdvisorInsight], place: int) -> dict[str, Any]:
    chosen, side_by_side = told[place], list(reversed(told[place : place + SHOWN]))
    return {
        "insight": chosen,
        "week": weeks.in_words(chosen.week_starting),
        "newer": told[place - 1] if place else None,
        "older": told[place + 1] if place + 1 < len(told) else None,
        "numbers": lines(chosen),
        "days": [_day(day) for day in chosen.data["days"]],
        "total": chosen.data["this"]["total"],
        "days_chart": _days_chart(chosen),
        "rates": [_rate(one) for one in side_by_side],
        "rates_chart": _rates_chart(side_by_side),
        "errors": [
            {
                "what": words.error(one["code"]),
                "count": f"{one['count']:,}",
                "before": f"{one['before']:,}",
            }
            for one in chosen.data["errors"]
        ],
    }


def _day(day: dict[str, Any]) -> dict[str, Any]:
    return {**day, "date": date.fromisoformat(day["date"])}


def _days_chart(insight: AdvisorInsight) -> Chart:
    return columns(
        [
            Column(
                f"{day['date']:%a}",
                (
                    ("ok", day["published"], f"{day['date']:%A}: {day['published']:,} published"),
                    ("bad", day["failed"], f"{day['date']:%A}: {day['failed']:,} not published"),
                ),
            )
            for day in map(_day, insight.data["days"])
        ]
    )


def _rate(insight: AdvisorInsight) -> dict[str, Any]:
    this = insight.data["this"]
    rate = this["success_rate"]
    return {
        "week": weeks.in_words(insight.week_starting),
        "from": insight.week_starting,
        "share": None if rate is None else round(rate * 100, 1),
        "total": f"{this['total']:,}",
        "recovery": words.duration(insight.data["recovery_seconds"]) if insight.data["recoveries"] else "",
    }


def _rates_chart(insights: Sequence[AdvisorInsight]) -> Chart:
    """Weeks without posts, or from before there were summaries, keep their place: a gap is no bad week."""
    shares = {row["from"]: row for row in map(_rate, insights)}
    newest = insights[-1].week_starting
    places = [newest - timedelta(weeks=back) for back in range(SHOWN - 1, -1, -1)]
    return columns([_share(week, shares.get(week), newest) for week in places], top=100, unit=" %")


def _share(week: date, row: dict[str, Any] | None, newest: date) -> Column:
    """Every second week has its name written below it: there is no room for more on a phone."""
    label = f"{week.day} {week:%b}" if (newest - week).days % 14 == 0 else ""
    if row is None or row["share"] is None:
        return Column(label, ())
    return Column(label, (("ok", row["share"], f"{row['week']}: {row['share']} %"),))
