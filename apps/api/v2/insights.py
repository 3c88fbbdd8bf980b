"""Insights: the weeks of a tenant in numbers, and what we advise."""

from datetime import date
from typing import Any

from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.api.keys import HasScope, KeyAuthentication, caller_of
from apps.api.v2.paging import page
from apps.insights.models import AdvisorInsight
from apps.insights.queries import insights_of


class WeeksView(APIView):
    """GET /api/v2/insights/weekly"""

    authentication_classes = (KeyAuthentication,)
    permission_classes = (HasScope,)

    def get(self, request: Request) -> Response:
        """Return the weeks that were summed up, the newest written first."""
        found, following = page(insights_of(tenant=caller_of(request).tenant), request)
        return Response({"insights": [to_json(one) for one in found], "next_cursor": following})


class WeekView(APIView):
    """GET /api/v2/insights/weekly/2026-11-16"""

    authentication_classes = (KeyAuthentication,)
    permission_classes = (HasScope,)

    def get(self, request: Request, week: str) -> Response:
        """Return the week that begins on this Monday."""
        told = insights_of(tenant=caller_of(request).tenant)
        return Response(to_json(told.get(week_starting=_monday(week))))


def _monday(said: str) -> date:
    """Return the day that was said. :raises Http404: when it is none."""
    try:
        return date.fromisoformat(said)
    except ValueError:
        raise Http404 from None


def to_json(insight: AdvisorInsight) -> dict[str, Any]:
    """Return a week as programs read it."""
    return {
        "id": str(insight.pk),
        "week_starting": insight.week_starting.isoformat(),
        "category": insight.category,
        "data": insight.data,
        "recommendations": insight.advice,
        "created_at": insight.created_at.isoformat(),
    }
