"""Plugs the poison into the engine."""

from django.apps import AppConfig


class PoisonedConfig(AppConfig):
    name = "tests.faults.poisoned"
    label = "poisoned"

    def ready(self) -> None:
        from apps.jobs.kinds import KINDS
        from tests.faults.poisoned.kind import Poison

        KINDS.plug(Poison.name, Poison())
