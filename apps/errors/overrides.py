"""Codes that operators gave to unknown answers: data that the classifier asks last, the same in every process."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from apps.errors.codes import ErrorCode


@dataclass(frozen=True, slots=True)
class OverrideRule:
    """One fingerprint and the code that a person gave it."""

    id: str
    platform: str
    fingerprint: str
    gives: ErrorCode


class Overrides:
    """A set of override rules; exchanged as a whole, so that a reader never sees half of it."""

    def __init__(self, rules: Iterable[OverrideRule] = ()) -> None:
        self._rules: Mapping[tuple[str, str], OverrideRule] = {}
        self.replace(rules)

    def replace(self, rules: Iterable[OverrideRule]) -> None:
        """Forget all rules and take these."""
        self._rules = {(rule.platform, rule.fingerprint): rule for rule in rules}

    def find(self, platform: str, fingerprint: str) -> OverrideRule | None:
        """Return the rule for an unknown answer, if somebody made one."""
        return self._rules.get((platform, fingerprint))

    def __bool__(self) -> bool:
        return bool(self._rules)


LIVE = Overrides()
