"""Plugs recovery into the house."""

from django.apps import AppConfig


class RecoveryConfig(AppConfig):
    name = "apps.recovery"
    label = "recovery"

    def ready(self) -> None:
        from apps.connections.proving import SWITCHES
        from apps.core.erasure import ERASERS
        from apps.errors.codes import ErrorAction
        from apps.events.subscribers import SUBSCRIBERS
        from apps.jobs.chores import CHORES
        from apps.jobs.kinds import KINDS
        from apps.jobs.owners import OWNERS, SHIELDS
        from apps.jobs.retention import OLD
        from apps.recovery import (
            asking,
            events,  # noqa: F401 - importing declares
            notices,
            retention,
            watch,
        )
        from apps.recovery.actions.auto_pause import pause_after
        from apps.recovery.actions.escalate import escalate
        from apps.recovery.actions.switch import switch
        from apps.recovery.choices import OperationKind
        from apps.recovery.erasure import erase
        from apps.recovery.guard import spare
        from apps.recovery.jobs import Operate
        from apps.recovery.operations.asking import Ask
        from apps.recovery.operations.doer import DOERS
        from apps.recovery.operations.held import Release
        from apps.recovery.operations.letters import Replay, Resolve
        from apps.recovery.operations.missed import Backfill
        from apps.recovery.operations.stopped import Resume

        OWNERS.plug(ErrorAction.PAUSE_RECONNECT, pause_after)
        OWNERS.plug(ErrorAction.ESCALATE_OPS, escalate)
        SHIELDS.plug("incidents", spare)
        SWITCHES.plug("proven", switch)
        KINDS.plug(Operate.name, Operate())
        DOERS.plug(OperationKind.REPLAY, Replay())
        DOERS.plug(OperationKind.RESOLVE, Resolve())
        DOERS.plug(OperationKind.BACKFILL, Backfill())
        DOERS.plug(OperationKind.RESUME, Resume())
        DOERS.plug(OperationKind.RELEASE, Release())
        DOERS.plug(OperationKind.ASK, Ask())
        SUBSCRIBERS.plug("recovery.notices", notices.SUBSCRIBER)
        OLD.plug("recovery", retention.old)
        CHORES.plug("recovery.prompts", asking.tell_due)
        CHORES.plug("recovery.watch", watch.watch)
        ERASERS.plug("recovery", erase)
