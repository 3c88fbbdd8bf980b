"""Pages by cursor: however deep, the same cost."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from rest_framework.request import Request

from apps.api.v2.wanted import RequestInvalid

DEFAULT, MOST = 50, 200


def page(
    rows: QuerySet[Any],
    request: Request,
    *,
    newest_first: bool = True,
    problems: Iterable[dict[str, str]] = (),
) -> tuple[list[Any], str | None]:
    """
    Return the page that `cursor` and `limit` ask for, and the cursor of the next one.

    `problems` are what else is wrong with the question.

    :raises RequestInvalid: with all of them, and when cursor or limit is none.
    """
    problems = list(problems)
    limit = _limit(request.query_params.get("limit", str(DEFAULT)), problems)
    after = _cursor(request.query_params.get("cursor"), problems)
    if problems:
        raise RequestInvalid(detail="Nothing was read.", fields=problems)
    if after:
        rows = rows.filter(pk__lt=after) if newest_first else rows.filter(pk__gt=after)
    found = list(rows.order_by("-pk" if newest_first else "pk")[: limit + 1])
    return found[:limit], str(found[limit - 1].pk) if len(found) > limit else None


def _limit(said: str, problems: list[dict[str, str]]) -> int:
    if said.isdecimal() and len(said) <= len(str(MOST)) and 1 <= int(said) <= MOST:
        return int(said)
    problems.append({"field": "limit", "rule": "range", "message": f"Say a number from 1 to {MOST}."})
    return DEFAULT


def _cursor(said: str | None, problems: list[dict[str, str]]) -> UUID | None:
    try:
        return UUID(said) if said else None
    except ValueError:
        words = "Send the next_cursor of the page before, unchanged."
        problems.append({"field": "cursor", "rule": "value", "message": words})
        return None
