"""What insights keep, by what it is about."""

from apps.insights.models.advice import AdvisorInsight
from apps.insights.models.health import ConnectionHealth, HealthResult
from apps.insights.models.outages import Outage
from apps.insights.models.rollups import OpenCall, Progress, Rollup, ToldUntil

__all__ = [
    "AdvisorInsight",
    "ConnectionHealth",
    "HealthResult",
    "OpenCall",
    "Outage",
    "Progress",
    "Rollup",
    "ToldUntil",
]
