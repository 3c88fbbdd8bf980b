"""An ordered list of rules with an index, so that a look-up costs the rules that can match and not all of them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from apps.errors.classification import CallContext
from apps.errors.reading.answer import Reading
from apps.errors.rules.rule import Rule


class Table(Sequence[Rule]):
    """Read top to bottom: the first rule that matches decides."""

    def __init__(self, *parts: Iterable[Rule]) -> None:
        self._rules = tuple(rule for part in parts for rule in part)
        self._by_code = _index(self._rules, lambda rule: rule.code)
        self._by_words = _index(self._rules, lambda rule: () if rule.code else rule.words)
        self._by_status = _index(self._rules, lambda rule: () if rule.code or rule.words else rule.status)
        self._open = tuple(
            at for at, rule in enumerate(self._rules) if not (rule.code or rule.words or rule.status)
        )

    def __len__(self) -> int:
        return len(self._rules)

    def __getitem__(self, at: int) -> Rule:  # type: ignore[override]
        return self._rules[at]

    def __iter__(self) -> Iterator[Rule]:
        return iter(self._rules)

    def find(self, said: Reading, *, operation: str, context: CallContext) -> Rule | None:
        """Return the first rule that speaks about what the partner said."""
        candidates = {*self._open, *self._by_code.get(said.code, ()), *self._by_status.get(said.status, ())}
        for word in said.words:
            candidates.update(self._by_words.get(word, ()))
        for at in sorted(candidates):
            rule = self._rules[at]
            if rule.matches(said, operation=operation, context=context):
                return rule
        return None


def _index(
    rules: Sequence[Rule], keys: Callable[[Rule], Iterable[str | int]]
) -> Mapping[str | int, tuple[int, ...]]:
    found: dict[str | int, tuple[int, ...]] = defaultdict(tuple)
    for at, rule in enumerate(rules):
        for key in keys(rule):
            found[key] += (at,)
    return dict(found)
