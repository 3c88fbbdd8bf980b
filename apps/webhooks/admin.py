"""Webhooks in the console."""

from apps.webhooks.inbound import admin as inbound  # noqa: F401 - importing registers
from apps.webhooks.outbound import admin as outbound  # noqa: F401 - importing registers
