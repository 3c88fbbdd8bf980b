"""Celery: it carries wakes, never truth. No countdown, no retry, no result, and no time when a message is over."""

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging
from kombu import Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("reknit", task_cls="config.errands:Errand")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.task_queues = [Queue("engine"), Queue("control"), Queue("bulk")]
app.autodiscover_tasks()


@setup_logging.connect
def keep_our_lines(**_kwargs: Any) -> None:
    """Django's settings say how lines are written; being connected keeps Celery from saying it anew."""


app.conf.include = ["config.observability.worker_port"]
