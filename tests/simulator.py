"""The simulator as a process, and a client for its control API."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen


class Simulator:
    """A running simulator."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self._process = subprocess.Popen(
            [sys.executable, "-m", "apps.simulator", "--data", str(data)], stdout=subprocess.PIPE, text=True
        )
        self.settings: dict[str, str] = {}
        assert self._process.stdout
        for line in self._process.stdout:
            if line.strip() == "ready":
                break
            name, _, value = line.strip().partition("=")
            self.settings[name.removeprefix("REKNIT_")] = value

    @property
    def urls(self) -> dict[str, str]:
        """The partners' base URLs by settings name."""
        return {name: value for name, value in self.settings.items() if name.endswith("_URL")}

    def stop(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.wait(timeout=10)
        assert self._process.stdout
        self._process.stdout.close()

    def post(self, path: str, **data: Any) -> Any:
        """Tell the control API something."""
        return self._ask(
            Request(
                self._desk(path),
                json.dumps(data).encode(),
                {"Content-Type": "application/json"},
            )
        )

    def get(self, path: str) -> Any:
        """Ask the control API something."""
        return self._ask(Request(self._desk(path)))

    def account(self, platform: str, kind: str, **more: Any) -> dict[str, Any]:
        """Create an account that has already granted us everything."""
        found: dict[str, Any] = self.post("accounts", platform=platform, kind=kind, **more)
        return found

    def fault(self, effect: str, **more: Any) -> None:
        """Order a fault."""
        self.post("faults", effect=effect, **more)

    def mend(self) -> None:
        """Forget every fault."""
        self._ask(Request(f"{self.settings['SIMULATOR_URL']}/control/faults", method="DELETE"))

    def ledger(self, account: str = "") -> list[dict[str, Any]]:
        """Return what went public."""
        rows: list[dict[str, Any]] = self.get(f"ledger?account={account}")
        return rows

    def calls(self, account: str, operation: str) -> int:
        """Count requests on the wire."""
        return int(self.get(f"calls?account={account}&operation={operation}")["count"])

    def _desk(self, path: str) -> str:
        """The partners' desk, or with a path from the root the stage's."""
        return f"{self.settings['SIMULATOR_URL']}{path if path.startswith('/') else f'/control/{path}'}"

    def _ask(self, request: Request) -> Any:
        with urlopen(request, timeout=10) as answer:
            return json.load(answer)
