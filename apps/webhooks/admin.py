"""Webhooks in the console."""

from apps.webhooks.outbound import admin  # noqa: F401 - importing registers
