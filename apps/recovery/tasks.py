"""Named Celery tasks of recovery; each is one call into the house."""

from typing import Any

from celery import shared_task

from apps.core import clock
from apps.recovery import asking
from apps.recovery.inactive_rule import apply_inactive_rule
from apps.recovery.watch import watch


@shared_task(name="recovery.prompts")
def tell_due(**_kwargs: Any) -> int:
    """Ask people to reconnect who are to be asked by now."""
    return asking.tell_due()


@shared_task(name="recovery.watch")
def run_watch(**_kwargs: Any) -> None:
    """See what many connections have in common, and act on it."""
    watch()


@shared_task(name="recovery.inactive_rule")
def run_inactive_rule(**_kwargs: Any) -> None:
    """Warn of connections on which nothing works, and pause them after a week."""
    apply_inactive_rule(at=clock.now())
