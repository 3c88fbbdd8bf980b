"""Plugs insights into the house."""

from django.apps import AppConfig


class InsightsConfig(AppConfig):
    name = "apps.insights"
    label = "insights"

    def ready(self) -> None:
        from apps.core.erasure import ERASERS
        from apps.core.metrics import GAUGES
        from apps.events.subscribers import SUBSCRIBERS
        from apps.insights import (
            events,  # noqa: F401 - importing declares
            gauges,
            outages,
            pings,
            results,
            retention,
        )
        from apps.insights.erasure import erase
        from apps.jobs.chores import CHORES
        from apps.jobs.retention import OLD

        SUBSCRIBERS.plug("insights.results", results.SUBSCRIBER)
        SUBSCRIBERS.plug("insights.outages", outages.SUBSCRIBER)
        CHORES.plug("insights.synthetic_pings", pings.tick)
        OLD.plug("insights", retention.old)
        ERASERS.plug("insights", erase)
        GAUGES.plug("insights", gauges.collect)
