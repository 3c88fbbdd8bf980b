"""Starts our code in processes of its own, on the test's database."""

import os
import subprocess
import sys
from collections.abc import Mapping

from django.conf import settings
from django.db import connection


def environment(**more: str) -> dict[str, str]:
    """Return the environment of a process that works on the test's database and partners."""
    database = connection.settings_dict
    url = f"postgresql://{database['USER']}@/{database['NAME']}?host={database['HOST']}"
    partners = {
        f"REKNIT_{name}": value
        for name, value in {**settings.PARTNER_URLS, **settings.PARTNER_CREDENTIALS}.items()
    }
    return {**os.environ, **partners, "DATABASE_URL": url, **more}


def run(module: str, *arguments: str, more: Mapping[str, str] | None = None) -> "subprocess.Popen[bytes]":
    """Start a module of ours."""
    return subprocess.Popen([sys.executable, "-m", module, *arguments], env=environment(**(more or {})))
