"""What the console shows of webhooks."""

from apps.webhooks.inbound import admin as inbound  # noqa: F401 - importing registers
