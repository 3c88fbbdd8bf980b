"""How lines of the log are written: JSON for programs, colours for people, nothing secret for either."""

import logging
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any

import orjson
import structlog

from apps.core import context
from config.observability.redaction import clean

Line = MutableMapping[str, Any]
# What a line may say. What is not named here stays out, whoever logs it.
FIELDS = (
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
)


def stamp(_logger: Any, _name: str, line: Line) -> Line:
    """Say when, by the record: it may be written later."""
    made: logging.LogRecord = line["_record"]
    line["timestamp"] = datetime.fromtimestamp(made.created, UTC).isoformat(timespec="milliseconds")
    return line


def name_request(_logger: Any, _name: str, line: Line) -> Line:
    """Say which request this belongs to, where one is being answered."""
    if (one := context.current()) and "request_id" not in line:
        line["request_id"] = str(one.request)
        line["tenant_id"] = str(one.tenant) if one.tenant else None
    return line


def redact(_logger: Any, _name: str, line: Line) -> Line:
    """Leave out what nobody may read in a log."""
    for name, value in line.items():
        if not name.startswith("_"):
            line[name] = clean(value, name)
    return line


class _Formatter(structlog.stdlib.ProcessorFormatter):
    def __init__(self, *renderers: Any) -> None:
        super().__init__(
            foreign_pre_chain=[
                structlog.stdlib.ExtraAdder(allow=FIELDS),
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                stamp,
                name_request,
            ],
            processors=[
                structlog.processors.format_exc_info,
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                redact,
                *renderers,
            ],
        )


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
