"""Plugs the engine into the house."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "apps.jobs"
    label = "jobs"

    def ready(self) -> None:
        from apps.core.erasure import ERASERS
        from apps.core.metrics import GAUGES
        from apps.events import subscribers
        from apps.jobs import checks, events, gauges, worker  # noqa: F401 - importing declares
        from apps.jobs.chores import CHORES
        from apps.jobs.erasure import erase

        CHORES.plug("events.follow", subscribers.follow)
        ERASERS.plug("jobs", erase)
        GAUGES.plug("jobs", gauges.collect)
