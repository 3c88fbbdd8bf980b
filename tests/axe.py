"""What axe-core has against a page: only what keeps somebody from using it."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe

BAD = frozenset({"serious", "critical"})
# The console's toolkit draws these itself, and we cannot without replacing its templates: rule, and a part of the target.
KNOWN: tuple[tuple[str, str], ...] = ()


def findings(page: Any) -> list[str]:
    """Return each serious finding on the page with where it is."""
    found = Axe().run(page, options={"resultTypes": ["violations"], "iframes": False}).response["violations"]
    return [
        f"axe: {one['id']} at {target} {node['failureSummary'].splitlines()[-1].strip()[:160]}"
        for one in found
        if one["impact"] in BAD
        for node in one["nodes"]
        for target in [" ".join(map(str, node["target"]))]
        if not any(one["id"] == rule and part in target for rule, part in KNOWN)
    ]
