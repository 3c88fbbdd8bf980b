"""Where the time of a request or a job went: spans, for whoever has configured a place to send them to."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol
from uuid import UUID


class Spans(Protocol):
    """What the composition root plugs in."""

    def during(self, name: str, said: Mapping[str, Any], trace: UUID | None) -> AbstractContextManager[None]:
        """Measure a block; `trace` names the trace that it begins."""
        ...

    def happened(
        self, name: str, said: Mapping[str, Any], trace: UUID, seconds: float, *, failed: bool
    ) -> None:
        """Note what has just ended, in the trace of this name."""
        ...


_NOTHING = nullcontext()
_spans: Spans | None = None


def plug(spans: Spans | None) -> None:
    """Send spans from now on, or no more."""
    global _spans  # noqa: PLW0603 - one place to send them to
    _spans = spans


def during(name: str, *, trace: UUID | None = None, **said: Any) -> AbstractContextManager[None]:
    """Measure a block, if anybody wants to know."""
    return _spans.during(name, said, trace) if _spans else _NOTHING


def wanted() -> bool:
    """Return True when it is worth collecting what `happened` wants to know."""
    return _spans is not None


def happened(name: str, *, trace: UUID, seconds: float, failed: bool, said: Mapping[str, Any]) -> None:
    """Note what has just ended, if anybody wants to know."""
    if _spans:
        _spans.happened(name, said, trace, seconds, failed=failed)
