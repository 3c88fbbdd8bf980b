"""What can be wrong with a request, as a value with a name: one class beside each function that raises it."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar


class Problem(Exception):
    """A failure that was foreseen; interfaces turn it into problem+json, a form error or a sentence."""

    code: ClassVar[str] = "problem"
    status: ClassVar[int] = 400
    title: ClassVar[str] = "This cannot be done"

    def __init__(self, *, detail: str = "", fields: Sequence[Mapping[str, Any]] = (), **extra: Any) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.fields = list(fields)
        self.extra = extra
