"""The pages of a list by key: the next one begins behind the last row that was shown, and nothing is counted over."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest

AFTER = "after"


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of one page, and the addresses of the first and the next one; empty where there is none."""

    rows: list[Any]
    first: str
    further: str


def turn(request: HttpRequest, rows: QuerySet[Any], *, by: str, size: int) -> Page:
    """Return the page that the address names; rows that are equal in `by` follow each other by their key."""
    down = by.startswith("-")
    ordered = rows.order_by(by, "-pk" if down else "pk")
    behind = _behind(rows, request.GET.get(AFTER, ""), by.lstrip("-"), "lt" if down else "gt")
    found = list((ordered.filter(behind) if behind else ordered)[: size + 1])
    further = _address(request, str(found[size - 1].pk)) if len(found) > size else ""
    return Page(found[:size], _address(request, "") if behind else "", further)


def _behind(rows: QuerySet[Any], said: str, column: str, beyond: str) -> Q | None:
    """Return what keeps the rows behind the one with this key; nothing when that is no row of the list."""
    try:
        key = rows.model._meta.pk.to_python(said.replace("\0", ""))  # noqa: SLF001 - Django's documented way
    except ValidationError:
        return None
    last = rows.filter(pk=key).values_list(column).first() if key else None
    if last is None:
        return None
    return Q(**{f"{column}__{beyond}": last[0]}) | Q(**{column: last[0], f"pk__{beyond}": key})


def _address(request: HttpRequest, after: str) -> str:
    chosen = request.GET.copy()
    chosen.pop(AFTER, None)
    if after:
        chosen[AFTER] = after
    return f"?{chosen.urlencode()}"
