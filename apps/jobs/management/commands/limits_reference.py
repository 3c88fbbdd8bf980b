"""Prints docs/reference/limits.md."""

from typing import Any

from django.core.management.base import BaseCommand

from apps.jobs import limits_reference


class Command(BaseCommand):
    help = "Print the reference of limits as Markdown."
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        self.stdout.write(limits_reference.markdown(), ending="")
