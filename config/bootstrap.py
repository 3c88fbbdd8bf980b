"""Makes .venv from the hashed lock, when it is missing or old. Standard library only: nothing else is there yet."""

import hashlib
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
STAMP = VENV / "reknit-lock"


def main() -> int:
    """Build the environment for the lock file named on the command line."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this file is what tells people with an older Python
        sys.stderr.write(f"Reknit needs Python 3.11 or newer; this is {sys.version.split()[0]}.\n")
        return 1
    lock = ROOT / "requirements-dev.txt"
    wanted = f"{hashlib.sha256(lock.read_bytes()).hexdigest()} {sys.version_info[:2]}"
    if STAMP.exists() and STAMP.read_text() == wanted:
        return 0
    sys.stdout.write("Building .venv from the lock file (once, a minute or two)...\n")
    sys.stdout.flush()
    steps = (
        (
            [sys.executable, "-m", "venv", "--clear", str(VENV)],
            "Python cannot make a virtual environment here; is its venv package installed and the folder writable?",
        ),
        (
            [
                str(VENV / "bin" / "python"),
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "--require-hashes",
                # The lock is complete. Left to itself, an older pip looks for the newest `package[extra]` and
                # refuses the lock on the day that one is released.
                "--no-deps",
                "-r",
                str(lock),
            ],
            "The packages could not be installed; is the package index reachable and is there space on the disk?",
        ),
    )
    for command, trouble in steps:
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own two commands
        if done.returncode:
            sys.stderr.write(f"{trouble}\n{(done.stderr or done.stdout).strip()[-600:]}\n")
            return 1
    STAMP.write_text(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main())
