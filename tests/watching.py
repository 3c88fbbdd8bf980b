"""What the house says of itself, for tests that listen: lines of the log, spans, reports."""

import io
import json
import logging
from collections.abc import Sequence
from typing import Any

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from config.observability.lines import JsonLines


class Log:
    """The log as programs read it."""

    def __init__(self) -> None:
        self._text = io.StringIO()
        self.handler = logging.StreamHandler(self._text)
        self.handler.setFormatter(JsonLines())

    @property
    def text(self) -> str:
        """All of it."""
        return self._text.getvalue()

    def lines(self, event: str) -> list[dict[str, Any]]:
        """The lines of one sort."""
        rows = [json.loads(line) for line in self.text.splitlines()]
        return [row for row in rows if row["event"] == event]


class Spans(InMemorySpanExporter):
    """Where spans go."""

    def all(self) -> Sequence[ReadableSpan]:
        """What came, in its order."""
        return self.get_finished_spans()

    def of(self, name: str) -> list[Any]:
        """What came of one sort."""
        return [one for one in self.all() if one.name == name]
