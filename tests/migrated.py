"""One database that was migrated, made while the workers collect their tests; their own are copies of it."""

import os
import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

ROOT = Path(__file__).parents[1]
# Set for the workers of a run that has a PostgreSQL of its own: in any other the next run would find it again.
WANTED = "REKNIT_TEST_COPIES"
_NAME, _UNFINISHED = "reknit_migrated", "reknit_migrated_unfinished"
_LOCK = 20261127
_LOOKED_AFTER_EVERY = 0.05  # seconds

_making: threading.Thread | None = None
_unwanted = threading.Event()


def begin() -> None:
    """Make it, without waiting for it."""
    global _making  # noqa: PLW0603 - one for each run
    os.environ[WANTED] = "1"
    _making = threading.Thread(target=_make, name="migrated", daemon=True)
    _making.start()


def end() -> None:
    """Leave it unfinished when the run is over before it is (a wrong path, Ctrl-C): its server goes next."""
    _unwanted.set()
    if _making:
        _making.join()


def database() -> str:
    """Return its name. Who asks first makes it; the others wait for that."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [_NAME]).fetchone():
            server.execute(f"DROP DATABASE IF EXISTS {_UNFINISHED}")
            server.execute(f"CREATE DATABASE {_UNFINISHED}")
            _migrate()
            server.execute(f"ALTER DATABASE {_UNFINISHED} RENAME TO {_NAME}")
    return _NAME


def _make() -> None:
    try:
        database()
    except (psycopg.Error, subprocess.CalledProcessError):
        if not _unwanted.is_set():
            raise


def _migrate() -> None:
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{_UNFINISHED}").geturl()
    command = [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity", "0"]
    with subprocess.Popen(command, cwd=ROOT, env={**os.environ, "DATABASE_URL": url}) as process:
        while process.poll() is None:
            if _unwanted.wait(_LOOKED_AFTER_EVERY):
                process.kill()
                break
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
