"""Somebody who listens."""

import logging
from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from apps.core import tracing
from config.observability.tracing import Otel
from tests.watching import Log, Spans


@pytest.fixture
def log() -> Iterator[Log]:
    """The log, from INFO on."""
    heard, root = Log(), logging.getLogger()
    level = root.level
    root.addHandler(heard.handler)
    root.setLevel(logging.INFO)
    yield heard
    root.removeHandler(heard.handler)
    root.setLevel(level)


@pytest.fixture
def spans() -> Iterator[Spans]:
    """Spans are wanted."""
    exporter = Spans()
    tracing.plug(Otel(SimpleSpanProcessor(exporter)))
    yield exporter
    tracing.plug(None)
