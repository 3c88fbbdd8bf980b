"""The shape of a rule."""

import re
from dataclasses import dataclass

from apps.errors.classification import CallContext, Confidence, Scope
from apps.errors.codes import ErrorCode
from apps.errors.reading.answer import Reading


@dataclass(frozen=True, slots=True)
class Rule:
    """Matches when every condition that it names is met."""

    id: str
    gives: ErrorCode
    code: frozenset[str] = frozenset()
    subcode: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    message: re.Pattern[str] | None = None
    status: frozenset[int] = frozenset()
    operation: frozenset[str] = frozenset()
    about: frozenset[str] = frozenset()  # kinds of object; `nothing` where the caller did not say
    transient: bool | None = None
    html: bool | None = None
    object_younger: float | None = None  # seconds; an unknown age is not young
    token_younger: float | None = None  # seconds
    scope: Scope = Scope.CALL
    proof: bool | None = None  # None: by the status
    first_wait: float | None = None
    source: str = ""

    def matches(self, said: Reading, *, operation: str, context: CallContext) -> bool:
        """Return True when this rule speaks about what the partner said."""
        return (
            (not self.code or said.code in self.code)
            and (not self.subcode or said.subcode in self.subcode)
            and (not self.words or bool(self.words & said.words))
            and (not self.status or said.status in self.status)
            and (not self.operation or operation in self.operation)
            and (not self.about or (context.object_kind or "nothing") in self.about)
            and (self.transient is None or said.transient is self.transient)
            and (self.html is None or said.html is self.html)
            and (self.object_younger is None or _younger(context.object_age_s, self.object_younger))
            and (self.token_younger is None or _younger(context.token_age_s, self.token_younger))
            and (self.message is None or bool(self.message.search(said.message[:500])))
        )

    @property
    def confidence(self) -> Confidence:
        """How sure it is: by what it looks at."""
        if self.message is not None:
            return Confidence.PATTERN
        return Confidence.EXACT if self.code or self.subcode or self.words else Confidence.FALLBACK


def _younger(age: float | None, limit: float) -> bool:
    return age is not None and age < limit


def rule(
    id: str,  # noqa: A002 - it is the rule's id
    gives: ErrorCode,
    *,
    code: str = "",
    subcode: str = "",
    words: str = "",
    message: str = "",
    status: str = "",
    operation: str = "",
    about: str = "",
    transient: bool | None = None,
    html: bool | None = None,
    object_younger: float | None = None,
    token_younger: float | None = None,
    scope: Scope = Scope.CALL,
    proof: bool | None = None,
    first_wait: float | None = None,
    source: str = "",
) -> Rule:
    """Write a rule as one line: several values are separated by spaces, `message` is a pattern (ignoring case)."""
    return Rule(
        id=id,
        gives=gives,
        code=frozenset(code.split()),
        subcode=frozenset(subcode.split()),
        words=frozenset(words.split()),
        message=re.compile(message, re.IGNORECASE) if message else None,
        status=frozenset(int(number) for number in status.split()),
        operation=frozenset(operation.split()),
        about=frozenset(about.split()),
        transient=transient,
        html=html,
        object_younger=object_younger,
        token_younger=token_younger,
        scope=scope,
        proof=proof,
        first_wait=first_wait,
        source=source,
    )
