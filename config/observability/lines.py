"""How lines of the log are written: JSON for programs, colours for people, nothing secret for either."""

import logging
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from typing import Any

import orjson
import structlog

from apps.core import context
from config.observability.redaction import clean, clean_text

Line = MutableMapping[str, Any]
SCALARS = (int, float, type(None))
# What a line may say. What is not named here stays out, whoever logs it.
FIELDS = frozenset(
    {
        "cycle_id",
        "request_id",
        "tenant_id",
        "connection_id",
        "job_id",
        "attempt_id",
        "platform",
        "kind",
        "step",
        "status",
        "state",
        "http_status",
        "latency_ms",
        "error_code",
        "retry_count",
        "rule",
        "confidence",
        "partner_request_id",
        "evidence",
        "method",
        "view",
        "job",
        "size",
        "tries",
        "subscriber",
        "error",
        "receiver",
        "keys",
        "kid",
        "table",
        "lanes",
        "prompt",
        "operation",
        "port",
        "status_code",
    }
)


def name_request(_logger: Any, _name: str, line: Line) -> Line:
    """Say which request this belongs to, where one is being answered."""
    if (one := context.current()) and "request_id" not in line:
        line["request_id"] = str(one.request)
        line["tenant_id"] = str(one.tenant) if one.tenant else None
    return line


def redact(_logger: Any, _name: str, line: Line) -> Line:
    """Hide what nobody may read in a log. Names need no look: only those of FIELDS come here."""
    for name, value in line.items():
        if isinstance(value, str):
            line[name] = clean_text(value)
        elif not isinstance(value, SCALARS):
            line[name] = clean(value)
    return line


class _Formatter(logging.Formatter):
    """
    Sends records of the standard library through structlog's processors.

    structlog's own formatter copies each record and asks it for every field, which is too long for what comes with every
    call. A record may bring `lines`, the fields of several: a settle logs all its attempts with one write.
    """

    def __init__(self, *renderers: Any) -> None:
        super().__init__()
        self._steps = (name_request, structlog.processors.format_exc_info, redact, *renderers)

    def format(self, record: logging.LogRecord) -> str:
        """Return the lines that a record makes."""
        about: dict[str, Any] = {
            "event": record.getMessage(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        }
        if record.exc_info:
            about["exc_info"] = record.exc_info
        several = record.__dict__.get("lines", [record.__dict__])
        return "\n".join(self._render({**about, **_named(said)}) for said in several)

    def _render(self, line: Any) -> str:
        for step in self._steps:
            line = step(None, "", line)
        return str(line)


def _named(said: Mapping[str, Any]) -> dict[str, Any]:
    return {name: said[name] for name in FIELDS & said.keys()}


class JsonLines(_Formatter):
    """One JSON object a line."""

    def __init__(self) -> None:
        super().__init__(_json)


class ForPeople(_Formatter):
    """Aligned and coloured, for a terminal."""

    def __init__(self) -> None:
        super().__init__(structlog.dev.ConsoleRenderer())


def _json(_logger: Any, _name: str, line: Line) -> str:
    return orjson.dumps(line, default=str).decode()
