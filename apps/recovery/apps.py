"""Plugs recovery into the house."""

from django.apps import AppConfig


class RecoveryConfig(AppConfig):
    name = "apps.recovery"
    label = "recovery"

    def ready(self) -> None:
        from apps.errors.codes import ErrorAction
        from apps.jobs.owners import OWNERS, SHIELDS
        from apps.recovery import events  # noqa: F401 - importing declares
        from apps.recovery.actions.auto_pause import pause_after
        from apps.recovery.actions.escalate import escalate
        from apps.recovery.guard import spare

        OWNERS.plug(ErrorAction.PAUSE_RECONNECT, pause_after)
        OWNERS.plug(ErrorAction.ESCALATE_OPS, escalate)
        SHIELDS.plug("incidents", spare)
