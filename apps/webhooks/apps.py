"""Plugs webhooks into the house."""

from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "apps.webhooks"
    label = "webhooks"

    def ready(self) -> None:
        from apps.core.erasure import ERASERS
        from apps.events.subscribers import SUBSCRIBERS
        from apps.jobs.chores import CHORES
        from apps.jobs.kinds import KINDS, LOOP_CLOSERS
        from apps.jobs.metrics import MEASURES
        from apps.jobs.retention import OLD
        from apps.recovery.choices import OperationKind
        from apps.recovery.operations.doer import DOERS
        from apps.webhooks import metrics
        from apps.webhooks.inbound import erasure, keys, reader
        from apps.webhooks.inbound import events as told  # noqa: F401 - importing declares
        from apps.webhooks.inbound import retention as inbound
        from apps.webhooks.outbound import events as telling  # noqa: F401 - importing declares
        from apps.webhooks.outbound import notices, sending, subscribers
        from apps.webhooks.outbound import retention as outbound
        from apps.webhooks.outbound.jobs import WebhookDelivery, WebhookTest
        from apps.webhooks.outbound.operation import Redeliver

        ERASERS.plug("webhooks", erasure.erase)
        CHORES.plug("webhooks.keys", keys.fetch_due)
        CHORES.plug("webhooks.read", reader.read_new)
        OLD.plug("webhooks.inbound", inbound.old)
        KINDS.plug(WebhookDelivery.name, WebhookDelivery())
        KINDS.plug(WebhookTest.name, WebhookTest())
        LOOP_CLOSERS.plug("webhooks", sending.close_session)
        DOERS.plug(OperationKind.REDELIVER, Redeliver())
        SUBSCRIBERS.plug("webhooks.deliveries", subscribers.SUBSCRIBER)
        SUBSCRIBERS.plug("webhooks.notices", notices.SUBSCRIBER)
        OLD.plug("webhooks.outbound", outbound.old)
        MEASURES.plug(WebhookDelivery.name, metrics.count_deliveries)
