"""Looks at everything that a deployment needs."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from config.doctor import examine


class Command(BaseCommand):
    help = "Check settings, database, broker, clock, workers, keys, partners and disk; exit status 1 if something needs you."
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        findings = list(examine())
        for finding in findings:
            sign = self.style.SUCCESS("ok  ") if finding.well else self.style.ERROR("look")
            self.stdout.write(f"{sign} {finding.name:<20} {'' if finding.well else finding.words}".rstrip())
        if not all(finding.well for finding in findings):
            sys.exit(1)
