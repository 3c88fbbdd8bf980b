"""Write down what was done to an endpoint."""

from datetime import datetime
from typing import Any

from apps.events import log
from apps.webhooks.models import Endpoint


def record(verb: str, endpoint: Endpoint, *, actor: str, at: datetime, **data: Any) -> None:
    """Record an event about an endpoint."""
    log.record(verb, tenant=endpoint.tenant_id, subject=endpoint.lane_key, actor=actor, at=at, data=data)
