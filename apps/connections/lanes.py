"""The lane of a connection."""

from apps.connections.models import Connection
from apps.jobs.actions.enqueue import LaneSpec


def lane_of(connection: Connection) -> LaneSpec:
    """Return the connection's lane and the scopes of holds that stop it."""
    scopes = [
        f"grant:{connection.grant_id}",
        f"tenant:{connection.tenant_id}",
        f"platform:{connection.platform}",
    ]
    return LaneSpec(
        key=connection.lane_key, tenant=connection.tenant_id, platform=connection.platform, scopes=scopes
    )


def all_scopes(connection: Connection) -> list[str]:
    """Return the scopes as the lane's row keeps them: its own first."""
    return [f"lane:{connection.lane_key}", *lane_of(connection).scopes]
