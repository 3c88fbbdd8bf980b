"""Celery: it carries wakes, never truth. No countdown, no retry, no result."""

import os

from celery import Celery
from kombu import Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("reknit")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.task_queues = [Queue("engine"), Queue("control"), Queue("bulk")]
app.autodiscover_tasks()
