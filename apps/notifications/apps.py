"""Plugs notifications into the house."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "apps.notifications"
    label = "notifications"

    def ready(self) -> None:
        from apps.core.erasure import ERASERS
        from apps.jobs.kinds import KINDS
        from apps.jobs.retention import OLD
        from apps.notifications import (
            events,  # noqa: F401 - importing declares
            retention,
        )
        from apps.notifications.erasure import erase
        from apps.notifications.jobs import Notification

        KINDS.plug(Notification.name, Notification())
        OLD.plug("notifications", retention.old)
        ERASERS.plug("notifications", erase)
