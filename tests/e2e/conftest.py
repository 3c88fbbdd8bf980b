"""A real browser, where there is one."""

import os
import shutil
from typing import Any

import pytest

# Playwright's own loop runs in this thread; the ORM is used between its steps, never inside of them.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


def _browser() -> str | None:
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    return next((path for name in names if (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Start the machine's own browser, without talking to the world."""
    path = _browser()
    if path is None:
        message = "There is no Chromium or Chrome on this machine: tests in a browser are left out."
        (pytest.fail if os.environ.get("CI") else pytest.skip)(message)
    quiet = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
    ]
    return {"executable_path": path, "args": quiet}
