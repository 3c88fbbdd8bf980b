"""Prints docs/reference/settings.md."""

from typing import Any

from django.core.management.base import BaseCommand

from config import settings_reference


class Command(BaseCommand):
    help = "Print the reference of settings as Markdown."
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        self.stdout.write(settings_reference.markdown(), ending="")
