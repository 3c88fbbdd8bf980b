"""Plugs connections into the house."""

from django.apps import AppConfig


class ConnectionsConfig(AppConfig):
    name = "apps.connections"
    label = "connections"

    def ready(self) -> None:
        from apps.connections import (
            calls,
            events,  # noqa: F401 - importing declares
        )
        from apps.connections.jobs import HealthCheck
        from apps.jobs.kinds import KINDS, LOOP_CLOSERS

        KINDS.plug(HealthCheck.name, HealthCheck())
        LOOP_CLOSERS.plug("partners", calls.close_session)
