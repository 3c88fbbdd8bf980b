"""Runs the fake partners; they are a program of their own."""

import sys
from argparse import ArgumentParser
from subprocess import run
from typing import Any

from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = (
        "Run five fake partners; prints their base URLs and app credentials as NAME=URL lines, then `ready`."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", default="0")
        parser.add_argument("--data", default="")

    def handle(self, *_args: Any, **options: Any) -> None:
        where = ["--data", options["data"]] if options["data"] else []
        command = [sys.executable, "-m", "apps.simulator", "--port", options["port"], *where]
        sys.exit(run(command, check=False).returncode)  # noqa: S603 - our own program
