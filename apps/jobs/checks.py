"""What must hold before the engine may run."""

from datetime import timedelta
from typing import Any

from django.core.checks import CheckMessage, Error, register

from apps.errors.codes import ErrorAction
from apps.jobs import lease
from apps.jobs.kinds import KINDS
from apps.jobs.owners import OWN_ACTIONS, OWNERS

LONGEST_ATTEMPT = timedelta(minutes=10)


@register()
def every_action_has_one_owner(**_kwargs: Any) -> list[CheckMessage]:
    """An error action without an owner would be decided and then forgotten."""
    owned = {*OWN_ACTIONS, *OWNERS.names()}
    return [
        Error(
            f"Nobody owns the error action {action}.",
            hint="Plug an owner in an AppConfig.ready().",
            id="jobs.E001",
        )
        for action in ErrorAction
        if action not in owned
    ]


@register()
def a_lease_outlives_missed_heartbeats(**_kwargs: Any) -> list[CheckMessage]:
    """One lost heartbeat must not cost a worker its lanes."""
    if lease.LEASE >= 3 * lease.HEARTBEAT:
        return []
    return [
        Error("The lease is shorter than three heartbeats.", hint="See apps/jobs/lease.py.", id="jobs.E002")
    ]


@register()
def every_kind_has_a_time_limit(**_kwargs: Any) -> list[CheckMessage]:
    """An attempt without a limit would keep its lane for as long as a connector hangs."""
    return [
        Error(
            f"The job kind {name} has no time limit between nothing and {LONGEST_ATTEMPT}.",
            hint="Give its class a time_limit.",
            id="jobs.E003",
        )
        for name in KINDS.names()
        if not timedelta(0) < getattr(KINDS.get(name), "time_limit", timedelta(0)) <= LONGEST_ATTEMPT
    ]
