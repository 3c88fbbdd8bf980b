"""Every rule says where it comes from and has an example that hits exactly it; each answer gets its rule."""

from pathlib import Path

import pytest

from apps.errors import checks
from apps.errors.codes import ErrorCode
from apps.errors.rules.examples import Example, all_examples
from apps.errors.rules.rule import rule
from apps.errors.rules.table import Table

EXAMPLES = list(all_examples())


@pytest.mark.parametrize(
    "example", EXAMPLES, ids=[f"{number}-{example.rule}" for number, example in enumerate(EXAMPLES)]
)
def test_the_answer_gets_its_rule(example: Example) -> None:
    found = example.classify()

    assert (found.rule_id, found.code) == (example.rule, example.code)


def test_two_hundred_answers_or_more_are_in_the_tables() -> None:
    assert len(EXAMPLES) >= 200


def test_the_rules_can_be_told_apart() -> None:
    assert checks.rules_can_be_told_apart() == []


def test_every_code_is_explained() -> None:
    assert checks.every_code_is_explained() == []


class TestTheCheckerItself:
    """A check that cannot fail proves nothing."""

    def test_finds_a_rule_that_another_shadows(self, monkeypatch: pytest.MonkeyPatch) -> None:
        above = rule("http.above", ErrorCode.UNKNOWN, status="401", source="x")
        monkeypatch.setitem(checks.TABLES, "http", Table([above], checks.TABLES["http"]))

        assert "errors.E003" in {message.id for message in checks.rules_can_be_told_apart()}

    def test_finds_a_rule_without_an_example(self, monkeypatch: pytest.MonkeyPatch) -> None:
        below = rule("http.below", ErrorCode.UNKNOWN, status="777", source="x")
        monkeypatch.setitem(checks.TABLES, "http", Table(checks.TABLES["http"], [below]))

        assert "errors.E004" in {message.id for message in checks.rules_can_be_told_apart()}

    def test_finds_a_repeated_id_and_a_missing_source(self, monkeypatch: pytest.MonkeyPatch) -> None:
        twin = rule("http.401", ErrorCode.UNKNOWN, status="777")
        monkeypatch.setitem(checks.TABLES, "http", Table(checks.TABLES["http"], [twin]))

        assert {"errors.E001", "errors.E002"} <= {message.id for message in checks.rules_can_be_told_apart()}

    def test_finds_jargon(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(checks.messages.USER, ErrorCode.UNKNOWN, "Your OAuth token is null.")

        assert "errors.E007" in {message.id for message in checks.every_code_is_explained()}

    def test_finds_a_missing_runbook(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setattr(checks, "ROOT", tmp_path)

        assert {message.id for message in checks.every_code_is_explained()} == {"errors.E008"}
