"""Named Celery tasks; each is one call into the house."""

from typing import Any

from celery import shared_task

from apps.errors import record


@shared_task(name="errors.trim_samples")
def trim_samples(**_kwargs: Any) -> int:
    """Keep the ring of recorded errors at its size."""
    return record.trim()
