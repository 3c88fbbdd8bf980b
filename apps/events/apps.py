"""Plugs events into the house."""

from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "apps.events"
    label = "events"

    def ready(self) -> None:
        from apps.core.erasure import ERASERS, nothing_to_erase
        from apps.events import events  # noqa: F401 - declares the verbs

        ERASERS.plug("events", nothing_to_erase)
