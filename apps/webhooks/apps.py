"""Plugs webhooks into the house."""

from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "apps.webhooks"
    label = "webhooks"

    def ready(self) -> None:
        from apps.core.erasure import ERASERS
        from apps.jobs.chores import CHORES
        from apps.jobs.retention import OLD
        from apps.webhooks.inbound import (
            events,  # noqa: F401 - importing declares
            keys,
            reader,
            retention,
        )
        from apps.webhooks.inbound.erasure import erase

        ERASERS.plug("webhooks", erase)
        OLD.plug("webhooks.inbound", retention.old)
        CHORES.plug("webhooks.keys", keys.fetch_due)
        CHORES.plug("webhooks.read", reader.read_new)
