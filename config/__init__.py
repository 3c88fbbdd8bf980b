"""The composition root: settings, URLs, processes."""

from config.celery import app as celery

__all__ = ["celery"]
