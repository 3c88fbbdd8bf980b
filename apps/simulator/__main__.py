"""python -m apps.simulator [--port N] [--data DIR]"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from apps.simulator.app import Options, serve


def main() -> int:
    """Read the options and serve."""
    parser = argparse.ArgumentParser(prog="simulator", description="Five fake partners over HTTP.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument(
        "--port", type=int, default=0, help="the control listener's port; the partners take the next ones"
    )
    parser.add_argument("--data", type=Path, help="a folder for state and ledger; a fresh one if not given")
    given = parser.parse_args()
    data = given.data or Path(tempfile.mkdtemp(prefix="reknit-simulator-"))
    data.mkdir(parents=True, exist_ok=True)
    return asyncio.run(serve(Options(given.host, given.port, data)))


if __name__ == "__main__":
    sys.exit(main())
