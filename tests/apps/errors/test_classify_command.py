"""`manage.py classify` names errors without a database."""

import io
import json

import pytest
from django.core.management import call_command


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
