"""Plugs core into the house."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CoreConfig(AppConfig):
    name = "apps.core"
    label = "core"

    def ready(self) -> None:
        from apps.core import checks  # noqa: F401 - importing registers

        post_migrate.connect(_make_time_travel_possible)  # an app without models is no sender of its own


def _make_time_travel_possible(**_kwargs: Any) -> None:
    """Where time may be moved, the row that moves it needs its table; it is no model, since production has none."""
    from apps.core import clock

    clock.ensure_table()
