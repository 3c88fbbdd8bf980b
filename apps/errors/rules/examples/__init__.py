"""One JSON file a table: real answers, each with the rule and the code that it must get.

They prove that every rule can be reached, and they are the test table of the classifier.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from apps.errors.classification import CallContext, Classification
from apps.errors.classifier import classify_partner_error

_FOLDER = Path(__file__).parent
TABLE_FILES = ("meta", "linkedin", "tiktok", "gbp", "google_api", "mailchimp", "oauth", "http")


@dataclass(frozen=True, slots=True)
class Example:
    """An answer, and what must be made of it."""

    table: str  # the platform whose table is asked
    rule: str
    code: str
    status: int
    body: Any
    source: str  # where the answer was seen or documented
    headers: Mapping[str, str] = field(default_factory=dict)
    operation: str = "publish"
    context: Mapping[str, Any] = field(default_factory=dict)

    def classify(self) -> Classification:
        """Name the answer as the product would."""
        return classify_partner_error(
            self.table,
            self.status,
            self.body,
            self.headers,
            operation=self.operation,
            context=CallContext(**self.context),
        )


def examples(table: str) -> Iterator[Example]:
    """Return a table's examples, in the file's order."""
    for line in (_FOLDER / f"{table}.jsonl").read_text(encoding="utf-8").splitlines():
        yield Example(table=table, **json.loads(line))


def all_examples() -> Iterator[Example]:
    """Return the examples of all tables."""
    for table in TABLE_FILES:
        yield from examples(table)
