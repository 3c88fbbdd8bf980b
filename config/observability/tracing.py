"""Sends spans by OTLP. A trace bears the name of its request, or of its cycle: nothing of it need travel with a job."""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.conf import settings
from opentelemetry import trace as otel
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

from apps.core import tracing
from config.observability.redaction import clean

_SPAN_BITS = (1 << 64) - 1


class _Names(RandomIdGenerator):
    """Lets the first span of a request bear the request's name."""

    def __init__(self) -> None:
        self._next = threading.local()

    def call(self, trace: UUID) -> None:
        self._next.trace, self._next.span = trace.int, trace.int & _SPAN_BITS

    def generate_trace_id(self) -> int:
        return self._take("trace") or super().generate_trace_id()

    def generate_span_id(self) -> int:
        return self._take("span") or super().generate_span_id()

    def _take(self, what: str) -> int:
        name: int = getattr(self._next, what, 0)
        setattr(self._next, what, 0)
        return name


class Otel:
    """The spans of this process."""

    def __init__(self, processor: SpanProcessor) -> None:
        self._names = _Names()
        resource = Resource.create({"service.name": f"reknit-{settings.WORKER or 'command'}"})
        self.provider = TracerProvider(resource=resource, id_generator=self._names, shutdown_on_exit=True)
        self.provider.add_span_processor(processor)
        self._tracer = self.provider.get_tracer("reknit")

    @contextmanager
    def during(self, name: str, said: Mapping[str, Any], trace: UUID | None) -> Iterator[None]:
        """Measure a block."""
        if trace is not None:
            self._names.call(trace)
        with self._tracer.start_as_current_span(name, attributes=_attributes(said), record_exception=False):
            yield

    def happened(
        self, name: str, said: Mapping[str, Any], trace: UUID, seconds: float, *, failed: bool
    ) -> None:
        """Note what has just ended, below the request or the cycle that it belongs to."""
        now = time.time_ns()
        span = self._tracer.start_span(
            name, _below(trace), attributes=_attributes(said), start_time=now - int(seconds * 1e9)
        )
        if failed:
            span.set_status(otel.StatusCode.ERROR)
        span.end(now)


def set_up() -> None:
    """Send spans where REKNIT_OTLP_URL says."""
    exporter = OTLPSpanExporter(endpoint=f"{settings.OTLP_URL}/v1/traces", timeout=5)
    tracing.plug(Otel(BatchSpanProcessor(exporter)))


def _below(trace: UUID) -> Context:
    root = otel.SpanContext(
        trace.int,
        trace.int & _SPAN_BITS,
        is_remote=True,
        trace_flags=otel.TraceFlags(otel.TraceFlags.SAMPLED),
    )
    return otel.set_span_in_context(otel.NonRecordingSpan(root), Context())


def _attributes(said: Mapping[str, Any]) -> dict[str, Any]:
    return {f"reknit.{name}": value for name, value in clean(said).items() if value is not None}
