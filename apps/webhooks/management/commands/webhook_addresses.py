"""Prints the addresses that partners' own settings want to have."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from apps.connections.choices import ConnectionStatus
from apps.connections.models import Connection
from apps.webhooks.inbound.mailchimp.receiver import PLATFORM, token
from apps.webhooks.inbound.registry import RECEIVERS
from apps.webhooks.inbound.views import PREFIX


class Command(BaseCommand):
    help = (
        "Print the addresses that partners send webhooks to; Mailchimp's are secrets, one for each audience."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        base = f"{settings.PUBLIC_URL}{PREFIX}"
        for name in sorted(set(RECEIVERS) - {PLATFORM}):
            self.stdout.write(f"{name}: {base}{name}")
        rows = Connection.objects.across_tenants().filter(platform=PLATFORM).order_by("name", "id")
        for one in rows.exclude(status=ConnectionStatus.INACTIVE):
            self.stdout.write(f"{PLATFORM} ({one.name}): {base}{PLATFORM}/{token(one.pk)}")
