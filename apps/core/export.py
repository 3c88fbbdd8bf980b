"""Rows as files, line by line: CSV for people with spreadsheets, JSON for programs."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

Rows = Iterable[Sequence[Any]]

# A spreadsheet takes a cell that begins like this for a formula and carries it out.
_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n")


class _Echo:
    """What csv writes into; it hands each line on."""

    def write(self, line: str) -> str:
        return line


def csv_lines(names: Sequence[str], rows: Rows) -> Iterator[str]:
    """Return the file's lines: the names, then each row; text that a spreadsheet would carry out is quoted."""
    writer = csv.writer(_Echo())
    yield "\N{BYTE ORDER MARK}"  # else a well-known spreadsheet shows Arabic as question marks
    yield writer.writerow(names)
    for row in rows:
        yield writer.writerow([_cell(value) for value in row])


def json_lines(names: Sequence[str], rows: Rows) -> Iterator[str]:
    """Return one array of objects, an object a line."""
    yield "["
    between = "\n"
    for row in rows:
        yield between + json.dumps(
            dict(zip(names, row, strict=True)), cls=DjangoJSONEncoder, ensure_ascii=False
        )
        between = ",\n"
    yield "\n]\n"


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file."""

    content_type: str
    lines: Callable[[Sequence[str], Rows], Iterator[str]]


FORMATS: Mapping[str, Format] = {
    "csv": Format("text/csv; charset=utf-8", csv_lines),
    "json": Format("application/json", json_lines),
}


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict | list):
        return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULAS) and not isinstance(value, int | float) else text
