"""Named Celery tasks of drills; each is one call into the house."""

from typing import Any

from celery import shared_task

from apps.drills.actions.step import step_all


@shared_task(name="drills.step")
def step_drills(**_kwargs: Any) -> int:
    """Take every open drill one step further."""
    return step_all()
