"""The kinds of work on connections: one file a kind."""

from apps.connections.jobs.health_check import HealthCheck, credential_states
from apps.connections.jobs.refresh import Refresh
from apps.connections.jobs.revoke import Revoke

__all__ = ["HealthCheck", "Refresh", "Revoke", "credential_states"]
