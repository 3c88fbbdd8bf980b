"""Plugs the tenant pages into the house."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "apps.web"
    label = "web"

    def ready(self) -> None:
        from apps.jobs.retention import OLD
        from apps.web import (
            events,  # noqa: F401 - declares the verbs
            retention,
        )

        OLD.plug("web", retention.old)
