"""How long it takes to name an answer. Peer: json.loads of the same bytes, the least that anybody must do."""

import io
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management import call_command

from apps.errors.classifier import classify_partner_error
from apps.errors.rules.tables import TABLES
from tests.apps.errors.test_hostile import HOSTILE
from tests.bench.row import Row, in_turns

ANSWERS = Path(__file__).parents[1] / "apps" / "errors" / "fixtures" / "partner_answers.jsonl"
ROUNDS = 40
LINES = 100_000


def run() -> list[Row]:
    """Measure single calls, hostile bodies and the command."""
    answers = [json.loads(line) for line in ANSWERS.read_text(encoding="utf-8").splitlines()]
    bodies = [(answer, _bytes(answer["body"])) for answer in answers]
    return [_percentile(bodies, 0.5, 0, 0), _percentile(bodies, 0.99, 50, 25), _hostile(), _command(answers)]


def _bytes(body: object) -> bytes:
    return (body if isinstance(body, str) else json.dumps(body)).encode()


def _percentile(bodies: list[tuple[dict[str, Any], bytes]], part: float, must: float, aim: float) -> Row:
    def name(answer: dict[str, Any], body: bytes) -> None:
        classify_partner_error(
            answer["platform"], answer["status"], body, answer["headers"], operation=answer["operation"]
        )

    def parse(_answer: dict[str, Any], body: bytes) -> None:
        try:
            json.loads(body)
        except ValueError:
            return

    value, peer, spread = in_turns(lambda: _at(bodies, name, part), lambda: _at(bodies, parse, part))
    label = f"classify.p{part * 100:g}"
    return Row(label, value, "us", "json.loads of the same bytes", peer, spread, must, aim, "less")


def _at(
    bodies: list[tuple[dict[str, Any], bytes]], act: Callable[[dict[str, Any], bytes], None], part: float
) -> float:
    times = []
    for _ in range(ROUNDS):
        for answer, body in bodies:
            begun = time.thread_time_ns()
            act(answer, body)
            times.append(time.thread_time_ns() - begun)
    return sorted(times)[int(len(times) * part)] / 1000


def _hostile() -> Row:
    def worst() -> float:
        return max(
            best_of_three(lambda body=body, platform=platform: classify_partner_error(platform, 400, body))
            / 1000  # type: ignore[misc]
            for body in HOSTILE.values()
            for platform in TABLES
        )

    def slowest_parse() -> float:
        return max(best_of_three(lambda body=body: _parse(body)) / 1000 for body in HOSTILE.values())  # type: ignore[misc]

    value, peer, spread = in_turns(worst, slowest_parse)
    return Row(
        "classify.hostile", value, "us", "json.loads of the whole body", peer, spread, 1000, 500, "less"
    )


def best_of_three(act: Callable[[], object]) -> int:
    """Return the least CPU time in nanoseconds that this thread needed."""
    times = []
    for _ in range(3):
        begun = time.thread_time_ns()
        act()
        times.append(time.thread_time_ns() - begun)
    return min(times)


def _parse(body: object) -> None:
    try:
        json.loads(body if isinstance(body, (bytes, str)) else json.dumps(body))
    except (ValueError, RecursionError):
        return


def _command(answers: list[dict[str, Any]]) -> Row:
    lines = [json.dumps(answer) + "\n" for answer in answers]
    text = "".join(lines[number % len(lines)] for number in range(LINES))

    def ours() -> float:
        was = sys.stdin
        sys.stdin = io.StringIO(text)
        begun = time.perf_counter()
        try:
            call_command("classify", stdout=io.StringIO())
        finally:
            sys.stdin = was
        return LINES / (time.perf_counter() - begun)

    def peers() -> float:
        out = io.StringIO()
        begun = time.perf_counter()
        for line in io.StringIO(text):
            out.write(json.dumps(json.loads(line)) + "\n")
        return LINES / (time.perf_counter() - begun)

    value, peer, spread = in_turns(ours, peers)
    return Row("classify.lines", value, "lines/s", "json.loads and json.dumps", peer, spread, 0, 0, "more")
