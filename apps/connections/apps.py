"""Plugs connections into the house."""

from django.apps import AppConfig


class ConnectionsConfig(AppConfig):
    name = "apps.connections"
    label = "connections"

    def ready(self) -> None:
        from apps.connections import (
            calls,
            events,  # noqa: F401 - importing declares
            metrics,
        )
        from apps.connections.connectors.registry import CONNECTORS
        from apps.connections.erasure import erase
        from apps.connections.jobs import HealthCheck, Refresh, Revoke
        from apps.connections.renewal import renew_after
        from apps.core.erasure import ERASERS
        from apps.core.metrics import GAUGES
        from apps.errors.codes import ErrorAction
        from apps.jobs.kinds import KINDS, LOOP_CLOSERS
        from apps.jobs.limits import LIMITS
        from apps.jobs.metrics import MEASURES
        from apps.jobs.owners import OWNERS

        for platform, connector in CONNECTORS.items():
            LIMITS.plug(platform, connector.limits)
        for kind in (HealthCheck(), Refresh(), Revoke()):
            KINDS.plug(kind.name, kind)
        OWNERS.plug(ErrorAction.REFRESH_TOKEN, renew_after)
        LOOP_CLOSERS.plug("partners", calls.close_session)
        ERASERS.plug("connections", erase)
        MEASURES.plug(Refresh.name, metrics.count_refreshes)
        MEASURES.plug(HealthCheck.name, metrics.count_checks)
        GAUGES.plug("connections", metrics.collect)
