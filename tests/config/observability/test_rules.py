"""Each alert rule fires at its threshold and keeps silent just below; dashboards and rules name what there is."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from apps.core.metrics import DESCRIBED
from config.observability import exposition, requests  # noqa: F401 - importing declares

FOLDER = Path(__file__).parents[3] / "config" / "observability"
RULES = sorted((FOLDER / "alerts").glob("*.json"))
BOARDS = sorted((FOLDER / "dashboards").glob("*.json"))
PARTS = ("", "_bucket", "_count", "_sum", "_gcount", "_gsum")

PUBLISH = 'connector_publish_total{platform="meta",outcome="%s",status_class="4xx",code="%s"}'
REFRESH = 'connector_token_refresh_total{platform="%s",outcome="failure"}'
WEBHOOK = 'connector_webhook_received_total{platform="meta",verdict="%s"}'
DEPTH = 'queue_depth{platform="meta",state="%s",instance="%s"}'
TOLD = 'webhook_delivery_total{outcome="%s"}'
LIMITED = "connector_rate_limit_429_total"
# An hour of a metric that grew once, early on.
CASES: list[tuple[str, bool, dict[str, str]]] = [
    ("TokenRefreshFailures", True, {REFRESH % "meta": "0x9 3x231", REFRESH % "gbp": "0x9 3x231"}),
    ("TokenRefreshFailures", False, {REFRESH % "meta": "0x9 3x231", REFRESH % "gbp": "0x9 2x231"}),
    (
        "Auth4xxSpike",
        True,
        {PUBLISH % ("failure", "AUTH_INVALID"): "0x230 5x10", PUBLISH % ("success", "none"): "0x230 15x10"},
    ),
    (
        "Auth4xxSpike",
        True,
        {
            PUBLISH % ("failure", "PERMISSION_INSUFFICIENT"): "0x230 21x10",
            PUBLISH % ("success", "none"): "0x230 79x10",
        },
    ),
    (
        "Auth4xxSpike",
        False,
        {PUBLISH % ("failure", "AUTH_INVALID"): "0x230 20x10", PUBLISH % ("success", "none"): "0x230 80x10"},
    ),
    ("Auth4xxSpike", False, {PUBLISH % ("failure", "AUTH_INVALID"): "0x230 19x10"}),
    ("Auth4xxSpike", False, {PUBLISH % ("failure", "CONTENT_INVALID"): "0x230 50x10"}),
    ("WebhookDeliveryFailures", True, {WEBHOOK % "rejected": "0x9 6x231", WEBHOOK % "failed": "0x9 5x231"}),
    (
        "WebhookDeliveryFailures",
        False,
        {
            WEBHOOK % "rejected": "0x9 5x231",
            WEBHOOK % "failed": "0x9 5x231",
            WEBHOOK % "accepted": "0x9 900x231",
        },
    ),
    ("OutgoingWebhookFailures", True, {TOLD % "retried": "0x9 11x231", TOLD % "delivered": "0x9 9x231"}),
    ("OutgoingWebhookFailures", False, {TOLD % "retried": "0x9 10x231", TOLD % "delivered": "0x9 10x231"}),
    ("OutgoingWebhookFailures", False, {TOLD % "retried": "0x9 19x231"}),
    ("QueueBacklog", True, {DEPTH % ("queued", "a"): "0x218 5001x21"}),
    (
        "QueueBacklog",
        False,
        {DEPTH % ("queued", "a"): "0x218 5000x21", DEPTH % ("scheduled", "a"): "0x218 9000x21"},
    ),
    ("QueueBacklog", False, {DEPTH % ("queued", "a"): "0x222 9000x17"}),
    ("QueueBacklog", False, {DEPTH % ("queued", "a"): "3000x239", DEPTH % ("queued", "b"): "3000x239"}),
    ("DeadLetterWaits", True, {"dead_letter_oldest_seconds": "86401x239"}),
    ("DeadLetterWaits", False, {"dead_letter_oldest_seconds": "86400x239"}),
    ("LanesParked", True, {'lanes_held{reason="ops"}': "0x170 1x69"}),
    (
        "LanesParked",
        False,
        {'lanes_held{reason="ops"}': "0x190 1x49", 'lanes_held{reason="breaker"}': "9x239"},
    ),
    (
        "RateLimit429Spike",
        True,
        {f'{LIMITED}{{platform="meta"}}': "0x9 30x231", f'{LIMITED}{{platform="gbp"}}': "0x9 21x231"},
    ),
    (
        "RateLimit429Spike",
        False,
        {f'{LIMITED}{{platform="meta"}}': "0x9 30x231", f'{LIMITED}{{platform="gbp"}}': "0x9 20x231"},
    ),
]


@pytest.fixture(scope="module")
def promtool() -> str:
    """Prometheus' own judge of rules."""
    found = shutil.which("promtool")
    if found is None and os.environ.get("CI") == "true":
        pytest.fail("There is no promtool here; .ci/run installs it with the package prometheus.")
    if found is None:
        pytest.skip("There is no promtool here (package prometheus), so nobody can judge the alert rules.")
    return found


def run(*command: str) -> str:
    """Run promtool; nothing if it was content, else what it says."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr if done.returncode else ""


def test_prometheus_understands_every_rule(promtool: str) -> None:
    assert run(promtool, "check", "rules", *map(str, RULES)) == ""


def test_every_rule_fires_at_its_threshold_and_is_silent_below(promtool: str, tmp_path: Path) -> None:
    tests = [_case(*case) for case in CASES]
    sheet = tmp_path / "cases.json"
    sheet.write_text(
        json.dumps({"rule_files": list(map(str, RULES)), "evaluation_interval": "15s", "tests": tests})
    )

    trouble = run(promtool, "test", "rules", str(sheet))

    assert trouble == ""
    assert {name for name, fires, _ in CASES if fires} == {rule["alert"] for rule in _rules()}
    assert {name for name, fires, _ in CASES if not fires} == {rule["alert"] for rule in _rules()}


def _case(name: str, fires: bool, series: dict[str, str]) -> dict[str, Any]:
    firing = f'count(ALERTS{{alertname="{name}",alertstate="firing"}}) or vector(0)'
    return {
        "name": f"{name} {series}",
        "interval": "15s",
        "input_series": [{"series": each, "values": values} for each, values in series.items()],
        "promql_expr_test": [
            {"expr": firing, "eval_time": "59m45s", "exp_samples": [{"labels": "{}", "value": int(fires)}]}
        ],
    }


def test_dashboards_and_rules_name_only_what_is_measured() -> None:
    named = {name for expression in _expressions() for name in _metrics(expression)}
    shown = {f"{name}{part}" for name in DESCRIBED for part in PARTS}

    assert len(BOARDS) == 3
    assert named - shown == set()


def test_every_rule_has_a_severity_and_a_runbook_that_is_there() -> None:
    for rule in _rules():
        assert rule["labels"]["severity"] in {"critical", "high", "medium"}
        assert (FOLDER.parents[1] / rule["annotations"]["runbook"]).is_file()


def _rules() -> Iterator[dict[str, Any]]:
    for path in RULES:
        for group in json.loads(path.read_text())["groups"]:
            yield from group["rules"]


def _expressions() -> Iterator[str]:
    yield from (rule["expr"] for rule in _rules())
    for path in BOARDS:
        for panel in json.loads(path.read_text())["panels"]:
            yield from (target["expr"] for target in panel["targets"])


def _metrics(expression: str) -> set[str]:
    """What an expression reads: its words without labels, groupings, times and functions."""
    bare = re.sub(r"\{[^}]*\}|\[[^]]*\]|\bby \([^)]*\)", " ", expression)
    words = set(re.findall(r"[a-z_][a-z0-9_]*", bare))
    return words - {"sum", "max", "min", "floor", "rate", "increase", "histogram_quantile", "and", "or"}
