"""python -m tests.bench [--only classify,...] [--json PATH]"""

import argparse
import importlib
import json
import os
import platform
import sys
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench import database, servers
from tests.bench.row import Row

NAMES = ("classify", "pause", "pipeline", "in_flight", "backlog", "fairness", "enqueue")
NEED_A_DATABASE = frozenset(NAMES) - {"classify"}
NEED_A_PARTNER = NEED_A_DATABASE - {"backlog"}


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
    Console().print(_table(rows))
    if given.json:
        machine = {"python": platform.python_version(), "machine": platform.machine(), "cpus": os.cpu_count()}
        text = json.dumps({"machine": machine, "rows": [row.as_json() for row in rows]}, indent=2)
        Path(given.json).write_text(text + "\n", encoding="utf-8")
    return 0 if all(row.holds for row in rows) else 1


def _load(name: str) -> Callable[[], list[Row]]:
    """Import a benchmark once it is wanted: some need servers, others nothing."""
    os.environ.setdefault("SECRET_KEY", "bench")
    os.environ.setdefault("DATABASE_URL", "postgresql:///bench")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    return importlib.import_module(f"tests.bench.{name}").run  # type: ignore[no-any-return]


def _table(rows: list[Row]) -> Table:
    table = Table("benchmark", "ours", "peer", "ratio", "spread", "must", "aim", "", title="Medians of three")
    for row in rows:
        table.add_row(
            row.name,
            f"{row.value:,.1f} {row.unit}",
            f"{row.peer_value:,.1f} ({row.peer})",
            f"{row.ratio:.2f}",
            f"{row.spread:.0%}",
            f"{row.must:g}" if row.must else "-",
            f"{row.aim:g}" if row.aim else "-",
            "holds" if row.holds else "BROKEN",
        )
    return table


if __name__ == "__main__":
    sys.exit(main())
