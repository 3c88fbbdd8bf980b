"""Plugs recovery into the house."""

from django.apps import AppConfig


class RecoveryConfig(AppConfig):
    name = "apps.recovery"
    label = "recovery"

    def ready(self) -> None:
        from apps.errors.codes import ErrorAction
        from apps.events.subscribers import SUBSCRIBERS
        from apps.jobs.chores import CHORES
        from apps.jobs.owners import OWNERS
        from apps.recovery import (
            events,  # noqa: F401 - importing declares
            notices,
            prompts,
        )
        from apps.recovery.actions.auto_pause import pause_after
        from apps.recovery.actions.escalate import escalate

        OWNERS.plug(ErrorAction.PAUSE_RECONNECT, pause_after)
        OWNERS.plug(ErrorAction.ESCALATE_OPS, escalate)
        SUBSCRIBERS.plug("recovery.notices", notices.SUBSCRIBER)
        CHORES.plug("recovery.prompts", prompts.tell_due)
