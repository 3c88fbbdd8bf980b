"""Every error code has a page that a person can follow, and no page is about nothing."""

import re
import shlex
from pathlib import Path

import pytest

from apps.errors.codes import ErrorCode
from apps.errors.management.commands.classify import classify_line
from apps.errors.taxonomy import TAXONOMY, runbook_for

ROOT = Path(__file__).parents[2]
INDEX = ROOT / "runbooks" / "incident-recovery.md"
HEADINGS = [
    "What it means",
    "What the user sees",
    "How to check",
    "What to do",
    "How to know that it is over",
]
FAMILIES = ["Auth and permission", "Rate limits", "Webhooks", "Backlog"]


def text(code: ErrorCode) -> str:
    """Return the page."""
    return (ROOT / runbook_for(code)).read_text(encoding="utf-8")


def headings(page: str) -> list[str]:
    """Return the second-level headings."""
    return re.findall(r"^## (.+)$", page, re.MULTILINE)


def links(page: str) -> list[str]:
    """Return the links to other pages."""
    return re.findall(r"\]\(([\w-]+\.md)\)", page)


def test_there_is_a_page_for_each_code_and_none_for_nothing() -> None:
    pages = {path.name for path in (ROOT / "runbooks").glob("*.md")}

    assert pages == {f"{TAXONOMY[code].runbook}.md" for code in ErrorCode} | {INDEX.name}


@pytest.mark.parametrize("code", ErrorCode)
def test_a_page_answers_the_five_questions_in_order(code: ErrorCode) -> None:
    assert headings(text(code)) == HEADINGS


@pytest.mark.parametrize("code", ErrorCode)
def test_an_answer_shown_on_a_page_gets_the_pages_code(code: ErrorCode) -> None:
    for line in re.findall(r"^\s*python manage\.py classify (.+)$", text(code), re.MULTILINE):
        given = shlex.split(line)
        options = dict(zip((name.removeprefix("--") for name in given[::2]), given[1::2], strict=True))

        assert classify_line(options)["code"] == code


def test_the_index_has_the_four_families_and_leads_to_every_page() -> None:
    index = INDEX.read_text(encoding="utf-8")

    assert headings(index)[:4] == FAMILIES
    assert set(links(index)) == {f"{TAXONOMY[code].runbook}.md" for code in ErrorCode}


@pytest.mark.parametrize("page", sorted((ROOT / "runbooks").glob("*.md")), ids=lambda path: path.name)
def test_no_link_leads_nowhere(page: Path) -> None:
    assert [
        link for link in links(page.read_text(encoding="utf-8")) if not (page.parent / link).exists()
    ] == []
