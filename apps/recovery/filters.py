"""What an operation is about, as people and programs say it: typed, and every wrong field named at once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.connections.choices import PausedBy, Platform
from apps.core import said
from apps.core.problems import Problem
from apps.errors.codes import ErrorCode
from apps.jobs.choices import DeadLetterReason
from apps.recovery.choices import OperationKind as K

MOST_IDS = 10_000
LATE = ("policy", "publish")


class OperationInvalid(Problem):
    """The operation has fields that are missing or wrong."""

    code = "operation_invalid"
    status = 422
    title = "This operation cannot be carried out like this"


@dataclass(frozen=True, slots=True)
class Asked:
    """A checked wish: the kind, what it is about, and how it is done."""

    kind: K
    filter: Mapping[str, Any]
    options: Mapping[str, Any]


class _Wrong(ValueError):
    """A value that is none; the message says what would be one."""


def _ids(value: object) -> list[str]:
    if not isinstance(value, list) or not 1 <= len(value) <= MOST_IDS:
        raise _Wrong(f"Give a list of 1 to {MOST_IDS} ids.")
    try:
        return [str(UUID(str(one))) for one in value]
    except ValueError:
        raise _Wrong("One of them is no id.") from None


def _one_of(*words: str) -> Callable[[object], str]:
    def parse(value: object) -> str:
        if value not in words:
            raise _Wrong(f"Say one of {', '.join(words)}.")
        return str(value)

    return parse


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip() or not said.can_be_kept(value) or len(value) > 2000:  # noqa: PLR2004 - a note
        raise _Wrong("This must be text.")
    return value.strip()


def _rule(value: object) -> str:
    return "" if value == "" else _text(value)  # nothing stands for what no rule named


def _moment(value: object) -> str:
    found = said.moment(value)
    if found is None:
        raise _Wrong("Give a time with its zone, such as 2026-11-24T12:00:00Z.")
    return found.isoformat()


def _yes_or_no(value: object) -> bool:
    if not isinstance(value, bool):
        raise _Wrong("Say true or false.")
    return value


def _unknown(_value: object) -> None:
    raise _Wrong("There is no such field.")


Parsers = Mapping[str, Callable[[object], Any]]
_JOBS: Parsers = {
    "ids": _ids,
    "connections": _ids,
    "platform": _one_of(*Platform.values),
    "code": _one_of(*ErrorCode),
}
_LETTERS: Parsers = {
    **_JOBS,
    "kind": _text,
    "rule": _rule,
    "reason": _one_of(*DeadLetterReason.values),
    "created_after": _moment,
    "created_before": _moment,
}
FILTERS: Mapping[K, Parsers] = {
    K.REPLAY: _LETTERS,
    K.RESOLVE: _LETTERS,
    K.BACKFILL: {"connections": _ids},
    K.RESUME: {
        "ids": _ids,
        "platform": _JOBS["platform"],
        "code": _JOBS["code"],
        "paused_by": _one_of(*PausedBy.values),
    },
    K.RELEASE: _JOBS,
    K.ASK: {"ids": _ids, "platform": _JOBS["platform"], "code": _JOBS["code"]},
    K.REDELIVER: {"ids": _ids, "endpoints": _ids},  # deliveries, or all that these endpoints never took
}
OPTIONS: Mapping[K, Parsers] = {
    K.REPLAY: {"late": _one_of(*LATE)},
    K.RESOLVE: {"reason": _text},
    K.BACKFILL: {"also": _ids},  # late ones that a person wants out all the same
    K.RESUME: {"backfill": _yes_or_no},
    K.RELEASE: {},
    K.ASK: {},
    K.REDELIVER: {},
}
NEEDED: Mapping[K, tuple[str, str]] = {
    K.RESOLVE: ("options.reason", "Say why, for whoever asks later."),
    K.BACKFILL: ("filter.connections", "Name the connections."),
}


def check(kind: object, raw_filter: object, raw_options: object) -> Asked:
    """
    Read an operation.

    :raises OperationInvalid: with every wrong field.
    """
    if not isinstance(kind, str) or kind not in FILTERS:
        wrong = _problem("kind", "choice", f"Say one of {', '.join(sorted(FILTERS))}.")
        raise OperationInvalid(detail="Nothing was done.", fields=[wrong])
    known = K(kind)
    problems: list[dict[str, str]] = []
    chosen = _parse("filter", raw_filter, FILTERS[known], problems)
    options = _parse("options", raw_options, OPTIONS[known], problems)
    field, words = NEEDED.get(known, ("", ""))
    place, _, name = field.partition(".")
    if name and name not in {"filter": chosen, "options": options}[place] and not _named(problems, field):
        problems.append(_problem(field, "required", words))
    if problems:
        raise OperationInvalid(detail="Nothing was done.", fields=problems)
    return Asked(known, chosen, options)


def moment(chosen: Mapping[str, Any], name: str) -> datetime | None:
    """Return a time of a checked filter."""
    return datetime.fromisoformat(chosen[name]) if name in chosen else None


def _parse(place: str, raw: object, parsers: Parsers, problems: list[dict[str, str]]) -> dict[str, Any]:
    if raw is None:
        return {}
    if not isinstance(raw, Mapping):
        problems.append(_problem(place, "type", "Send an object."))
        return {}
    found = {}
    for name, value in raw.items():
        try:
            found[name] = parsers.get(name, _unknown)(value)
        except _Wrong as wrong:
            rule = "value" if name in parsers else "unknown"
            problems.append(_problem(f"{place}.{name}", rule, str(wrong)))
    return found


def _named(problems: list[dict[str, str]], field: str) -> bool:
    return any(problem["field"] == field for problem in problems)


def _problem(field: str, rule: str, words: str) -> dict[str, str]:
    return {"field": field, "rule": rule, "message": words}
