"""`manage.py classify` names errors without a database."""

import io
import json
from collections.abc import Iterator

import pytest
from django.core.management import call_command

from apps.core import clock
from apps.errors.actions.override import add_override
from apps.errors.classifier import classify_partner_error
from apps.errors.codes import ErrorCode
from apps.errors.overrides import LIVE


def classify(lines: str, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    """Feed the command and read what it prints."""
    monkeypatch.setattr("sys.stdin", io.StringIO(lines))
    out = io.StringIO()
    try:
        call_command("classify", stdout=out)
    finally:
        answers = [json.loads(line) for line in out.getvalue().splitlines()]
    return answers


def test_prints_one_answer_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    line = json.dumps(
        {"platform": "meta", "status": 400, "body": {"error": {"code": 190, "error_subcode": 458}}}
    )

    (answer,) = classify(f"{line}\n", monkeypatch)

    assert (answer["code"], answer["rule"], answer["pauses"]) == ("APP_DEAUTHORIZED", "meta.190.458", True)


@pytest.mark.parametrize("broken", ["nonsense", "[1]", '{"status": 3}'])
def test_a_line_that_cannot_be_read_gets_an_error_and_status_1(
    broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SystemExit) as ended:
        classify(f"{broken}\n", monkeypatch)

    assert ended.value.code == 1


def test_reads_ten_thousand_lines_and_keeps_none(monkeypatch: pytest.MonkeyPatch) -> None:
    line = json.dumps({"platform": "meta", "status": 400, "body": {"error": {"code": 4}}}) + "\n"
    waiting = 0
    most = 0

    def lines() -> Iterator[str]:
        nonlocal waiting, most
        for _ in range(10_000):
            waiting += 1
            most = max(most, waiting)
            yield line

    class Out(io.StringIO):
        def write(self, text: str) -> int:
            nonlocal waiting
            waiting -= text.count("\n")
            return len(text)

    monkeypatch.setattr("sys.stdin", lines())
    call_command("classify", stdout=Out())

    assert (waiting, most) == (0, 1)


def test_heeds_what_operators_said_only_when_asked(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    body = {"another": "dialect"}
    group = classify_partner_error("meta", 418, body).fingerprint
    add_override(
        platform="meta",
        fingerprint=group,
        code=ErrorCode.CONTENT_INVALID,
        reason="x",
        actor="staff:olga",
        at=clock.now(),
    )
    line = json.dumps({"platform": "meta", "status": 418, "body": body})

    (plain,) = classify(line, monkeypatch)
    out = io.StringIO()
    monkeypatch.setattr("sys.stdin", io.StringIO(line))
    call_command("classify", "--overrides", stdout=out)

    assert (plain["code"], json.loads(out.getvalue())["code"]) == ("UNKNOWN", "CONTENT_INVALID")
    LIVE.replace([])
