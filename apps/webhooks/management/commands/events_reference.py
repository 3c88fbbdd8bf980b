"""Prints docs/reference/events.md."""

from typing import Any

from django.core.management.base import BaseCommand

from apps.webhooks.catalogue import reference


class Command(BaseCommand):
    help = "Print the reference of event types as Markdown."
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        self.stdout.write(reference.markdown(), ending="")
