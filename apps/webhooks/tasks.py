"""Named Celery tasks of webhooks; each is one call into the house."""

from typing import Any

from celery import shared_task

from apps.core import clock
from apps.webhooks.inbound import keys, reader, retention
from apps.webhooks.outbound.actions import keep


@shared_task(name="webhooks.forget_secrets")
def forget_secrets(**_kwargs: Any) -> None:
    """Erase secrets that sign no more."""
    keep.forget_secrets(at=clock.now())


@shared_task(name="webhooks.read")
def read_new(**_kwargs: Any) -> int:
    """Act on what partners told us."""
    return reader.read_new()


@shared_task(name="webhooks.keys")
def fetch_keys(**_kwargs: Any) -> None:
    """Fetch the keys that Google signs with, when they are no longer fresh."""
    keys.fetch_due()


@shared_task(name="webhooks.partitions")
def tend_weeks(**_kwargs: Any) -> None:
    """Make the coming weeks of what partners tell, and drop those that are past keeping."""
    retention.prune(at=clock.real_now())
