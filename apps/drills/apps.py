"""Plugs drills into the house."""

from django.apps import AppConfig


class DrillsConfig(AppConfig):
    name = "apps.drills"
    label = "drills"

    def ready(self) -> None:
        from apps.core.drilling import DRILLS, PORT
        from apps.core.erasure import ERASERS, nothing_to_erase
        from apps.drills import events  # noqa: F401 - importing declares
        from apps.drills.actions.step import step_all
        from apps.drills.port import Port
        from apps.jobs.chores import CHORES

        ERASERS.plug("drills", nothing_to_erase)
        CHORES.plug("drills.step", step_all)
        DRILLS.plug(PORT, Port())
