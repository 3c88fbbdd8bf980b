"""What must hold of the rules, the taxonomy and their pages before anybody relies on them."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.checks import CheckMessage, Error, register

from apps.errors import messages
from apps.errors.codes import ErrorCode
from apps.errors.rules.examples import all_examples
from apps.errors.rules.tables import TABLES
from apps.errors.taxonomy import TAXONOMY, runbook_for

ROOT = Path(__file__).resolve().parents[2]
JARGON = (
    "token",
    "oauth",
    "scope",
    "api",
    "http",
    "endpoint",
    "request",
    "server",
    "exception",
    "null",
    "_",
    "#",
)


@register()
def rules_can_be_told_apart(**_kwargs: Any) -> list[CheckMessage]:
    """Every rule has a name of its own, a source, and an example that hits it and no rule above it."""
    return [*_repeated_ids(), *_rules_without_source(), *_examples_that_miss(), *_rules_without_example()]


@register()
def every_code_is_explained(**_kwargs: Any) -> list[CheckMessage]:
    """Every code has an entry, two messages (the user's in plain words) and a runbook page."""
    return [message for code in ErrorCode for message in _unexplained(code)]


def _repeated_ids() -> Iterator[CheckMessage]:
    for platform, table in TABLES.items():
        for rule, times in Counter(rule.id for rule in table).items():
            if times > 1:
                yield Error(f"The rule {rule} stands {times} times in {platform}.", id="errors.E001")


def _rules_without_source() -> Iterator[CheckMessage]:
    for rule in {rule for table in TABLES.values() for rule in table}:
        if not rule.source:
            yield Error(f"The rule {rule.id} cites no source.", id="errors.E002")


def _examples_that_miss() -> Iterator[CheckMessage]:
    for example in all_examples():
        found = example.classify()
        if (found.rule_id, found.code) != (example.rule, example.code):
            yield Error(
                f"The example of {example.rule} ({example.code}) is taken for {found.rule_id} ({found.code}).",
                hint=f"A rule above shadows it, or apps/errors/rules/examples/{example.table}.jsonl is wrong.",
                id="errors.E003",
            )


def _rules_without_example() -> Iterator[CheckMessage]:
    shown = {example.rule for example in all_examples()}
    for rule in sorted({rule.id for table in TABLES.values() for rule in table} - shown):
        yield Error(
            f"The rule {rule} has no example.",
            hint=f"Add one to apps/errors/rules/examples/{rule.split('.')[0]}.jsonl.",
            id="errors.E004",
        )


def _unexplained(code: ErrorCode) -> Iterator[CheckMessage]:
    if code not in TAXONOMY:
        yield Error(f"{code} has no entry in the taxonomy.", id="errors.E005")
        return
    if not messages.OPERATOR.get(code):
        yield Error(f"{code} has no message for operators.", id="errors.E006")
    words = messages.USER.get(code, "").replace("{platform}", "").lower()
    if not words:
        yield Error(f"{code} has no message for users.", id="errors.E006")
    if found := [jargon for jargon in JARGON if jargon in words]:
        yield Error(f"The user's message of {code} says {found}: no jargon, no codes.", id="errors.E007")
    if not (ROOT / runbook_for(code)).is_file():
        yield Error(f"{code} has no runbook page.", hint=f"Write {runbook_for(code)}.", id="errors.E008")
