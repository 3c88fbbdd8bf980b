"""Plugs webhooks into the house."""

from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "apps.webhooks"
    label = "webhooks"

    def ready(self) -> None:
        from apps.events.subscribers import SUBSCRIBERS
        from apps.jobs.kinds import KINDS, LOOP_CLOSERS
        from apps.jobs.retention import OLD
        from apps.recovery.choices import OperationKind
        from apps.recovery.operations.doer import DOERS
        from apps.webhooks.outbound import (
            events,  # noqa: F401 - importing declares
            notices,
            retention,
            sending,
            subscribers,
        )
        from apps.webhooks.outbound.jobs import WebhookDelivery, WebhookTest
        from apps.webhooks.outbound.operation import Redeliver

        KINDS.plug(WebhookDelivery.name, WebhookDelivery())
        KINDS.plug(WebhookTest.name, WebhookTest())
        LOOP_CLOSERS.plug("webhooks", sending.close_session)
        DOERS.plug(OperationKind.REDELIVER, Redeliver())
        SUBSCRIBERS.plug("webhooks.deliveries", subscribers.SUBSCRIBER)
        SUBSCRIBERS.plug("webhooks.notices", notices.SUBSCRIBER)
        OLD.plug("webhooks.outbound", retention.old)
