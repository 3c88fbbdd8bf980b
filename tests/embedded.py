"""A pytest plugin: starts PostgreSQL and Valkey for the suite before Django reads its settings, unless they are given."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from config.stack.servers import Postgres, Valkey

_DEFAULTS = {
    "SECRET_KEY": "only-for-tests-only-for-tests-only-for-tests-only-for-tests",
    "REKNIT_ENCRYPTION_KEYS": "test:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    "REKNIT_TIME_TRAVEL": "1",
    "REKNIT_STAFF_TWO_FACTOR": "0",  # it has tests of its own
    "REKNIT_PUBLIC_URL": "http://testserver",
    "REKNIT_LOG_LEVEL": "WARNING",  # lines that nobody reads cost time; they have tests of their own
}


# Whether the PostgreSQL is this run's alone.
own_postgres = False


def _start() -> None:
    """Workers of xdist inherit the environment, so only the first process gets here without a DATABASE_URL."""
    global own_postgres
    for name, value in _DEFAULTS.items():
        os.environ.setdefault(name, value)
    if "DATABASE_URL" in os.environ and "REDIS_URL" in os.environ:
        return
    folder = Path(tempfile.mkdtemp(prefix="reknit-test-"))
    folder.chmod(0o711)
    postgres, valkey = Postgres(folder / "pg"), Valkey(folder, folder / "valkey.log")
    if "DATABASE_URL" not in os.environ:
        os.environ["DATABASE_URL"], own_postgres = postgres.start(durable=False), True
    if "REDIS_URL" not in os.environ:
        os.environ["REDIS_URL"] = valkey.start()
    mine = os.getpid()

    def stop() -> None:
        if os.getpid() == mine:
            valkey.stop()
            postgres.stop()
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(stop)


_start()
