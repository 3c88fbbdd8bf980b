"""Every error has a page that says the truth: its words, its links and its examples are checked against the code."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from apps.errors.codes import ErrorCode
from apps.errors.management.commands.classify import Command, classify_line
from apps.errors.messages import PLATFORM_NAMES
from apps.errors.rules.tables import TABLES
from apps.errors.taxonomy import TAXONOMY, get_user_message, runbook_for

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "runbooks"
INDEX = FOLDER / "incident-recovery.md"
HEADINGS = (
    "What it means",
    "What the user sees",
    "How to check",
    "What to do",
    "How to know that it is over",
)
# What no partner says but we do: there is no answer to classify.
OURS = set(ErrorCode) - {rule.gives for table in TABLES.values() for rule in table} - {ErrorCode.UNKNOWN}
FAMILIES = ("Auth and permission failures", "Rate limits", "Webhook failures", "Backlog")
COMMAND = "manage.py classify "


def _page(code: ErrorCode) -> str:
    return (ROOT / runbook_for(code)).read_text(encoding="utf-8")


def _headings(text: str) -> list[str]:
    return re.findall(r"^## (.+)$", text, re.MULTILINE)


def _section(text: str, heading: str) -> str:
    return re.split(r"^## .+$", text, flags=re.MULTILINE)[1 + _headings(text).index(heading)]


def _commands(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.strip().strip("`") for line in lines if COMMAND in line]


def _answer(command: str) -> dict[str, Any]:
    words = shlex.split(command)
    options = (
        Command().create_parser("manage.py", "classify").parse_args(words[words.index("classify") + 1 :])
    )
    said = {name: getattr(options, name) for name in ("platform", "status", "body", "operation")}
    return classify_line(said)


def _links(text: str) -> list[str]:
    return [link for link in re.findall(r"\]\(([^)\s]+)\)", text) if not link.startswith("http")]


def _anchors(path: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def _examples() -> list[tuple[ErrorCode, str]]:
    paths = {code: ROOT / runbook_for(code) for code in ErrorCode}
    return [(code, line) for code, path in paths.items() if path.is_file() for line in _commands(path)]


def _index_rows() -> dict[str, str]:
    return dict(re.findall(r"^\| \[(\w+)\](\(.+\|)$", INDEX.read_text(encoding="utf-8"), re.MULTILINE))


def test_there_is_a_page_for_each_code_and_for_nothing_else() -> None:
    pages = {path.name for path in FOLDER.iterdir()}

    assert pages == {f"{entry.runbook}.md" for entry in TAXONOMY.values()} | {INDEX.name}


@pytest.mark.parametrize("code", ErrorCode)
class TestPage:
    """What a page says about its code."""

    def test_has_the_five_headings_in_order(self, code: ErrorCode) -> None:
        assert tuple(_headings(_page(code))) == HEADINGS

    def test_begins_with_what_the_taxonomy_says(self, code: ErrorCode) -> None:
        title, _, facts = _page(code).splitlines()[:3]
        entry = TAXONOMY[code]

        assert title.startswith(f"# {code}: ")
        assert facts.startswith(
            f"Kind: {entry.kind}. Severity: {entry.severity}. Action: {entry.action}. Leads to: "
        )
        assert f"`{entry.pauses_to}`" in facts if entry.pauses_to else facts.endswith("no change of status.")

    def test_quotes_what_the_user_reads(self, code: ErrorCode) -> None:
        quoted = re.findall(r"^> (.+)$", _section(_page(code), "What the user sees"), re.MULTILINE)

        assert quoted
        assert set(quoted) <= {get_user_message(code, name) for name in PLATFORM_NAMES}

    def test_shows_an_answer_that_gets_this_code(self, code: ErrorCode) -> None:
        assert bool(_commands(ROOT / runbook_for(code))) == (code not in OURS)

    def test_says_what_to_do_step_by_step(self, code: ErrorCode) -> None:
        assert re.search(r"^1\. ", _section(_page(code), "What to do"), re.MULTILINE)

    def test_can_be_read_in_a_minute_or_two(self, code: ErrorCode) -> None:
        assert 25 <= len(_page(code).splitlines()) <= 70

    def test_is_reached_from_the_index(self, code: ErrorCode) -> None:
        entry = TAXONOMY[code]
        row = _index_rows()[code]

        assert row.startswith(f"({entry.runbook}.md) | {entry.severity} | {entry.action} | ")


@pytest.mark.parametrize(("code", "command"), _examples())
def test_the_example_gets_the_code_of_its_page(code: ErrorCode, command: str) -> None:
    assert _answer(command)["code"] == code


def test_the_index_has_the_four_families_and_no_strange_rows() -> None:
    assert [heading for heading in _headings(INDEX.read_text(encoding="utf-8")) if heading in FAMILIES] == [
        *FAMILIES
    ]
    assert set(_index_rows()) == set(ErrorCode)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.md")), ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    broken = []
    for link in _links(path.read_text(encoding="utf-8")):
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        if not target.is_file() or (anchor and anchor not in _anchors(target)):
            broken.append(link)

    assert broken == []
