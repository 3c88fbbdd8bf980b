"""What the engine's lists are filtered by."""

from collections.abc import Iterable

from apps.errors.codes import ErrorCode
from apps.events.listing import ValueFilter
from apps.jobs import limits
from apps.jobs.admin.words import partner
from apps.jobs.kinds import KINDS


class CodeFilter(ValueFilter):
    """By error code."""

    title, parameter_name = "error code", "error_code"

    def values(self) -> Iterable[tuple[str, str]]:
        """Return the codes."""
        return [(code.value, code.value) for code in ErrorCode]


class PlatformFilter(ValueFilter):
    """By partner."""

    title, parameter_name = "partner", "platform"

    def values(self) -> Iterable[tuple[str, str]]:
        """Return the partners that have limits: those are all."""
        return [(name, partner(name)) for name in limits.LIMITS.names()]


class KindFilter(ValueFilter):
    """By what the job does."""

    title, parameter_name = "kind", "kind"

    def values(self) -> Iterable[tuple[str, str]]:
        """Return the kinds that are plugged in."""
        return [(name, name.replace("_", " ").capitalize()) for name in KINDS.names()]
