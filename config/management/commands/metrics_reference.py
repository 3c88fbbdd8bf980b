"""Prints docs/reference/metrics.md."""

from typing import Any

from django.core.management.base import BaseCommand

from config.observability import metrics_reference


class Command(BaseCommand):
    help = "Print the reference of metrics as Markdown."
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        self.stdout.write(metrics_reference.markdown(), ending="")
