"""Plugs webhooks into the house."""

from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "apps.webhooks"
    label = "webhooks"

    def ready(self) -> None:
        from apps.core.erasure import ERASERS
        from apps.jobs.chores import CHORES
        from apps.jobs.retention import OLD
        from apps.webhooks import (
            events,  # noqa: F401 - importing declares
            retention,
        )
        from apps.webhooks.erasure import erase
        from apps.webhooks.inbound import keys, reader

        ERASERS.plug("webhooks", erase)
        OLD.plug("webhooks", retention.old)
        CHORES.plug("webhooks.keys", keys.fetch_due)
        CHORES.plug("webhooks.read", reader.read_new)
