"""Faults on order: what the next answers of a partner shall be."""

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from itertools import count
from random import Random
from typing import Any

EFFECTS = (
    "answer",
    "accept_then_answer",
    "accept_then_cut",
    "accept_then_hang",
    "cut",
    "hang",
    "slow",
    "limit",
)
BURST = 10  # so many parts of what an account may call in a minute it may call at once
_ids = count(1)


@dataclass
class Fault:
    """One order; `platform`, `account` and `operation` say whom it meets, empty meets all."""

    effect: str
    platform: str = ""
    account: str = ""
    operation: str = ""
    times: int = 1
    status: int = 500
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    seconds: float = 60
    chance: float = 1.0  # of each request that is meant
    per_minute: float = 60  # of effect limit: what is let through
    label: str = ""  # whose order it is, and with whose others it is taken back
    fired: int = 0
    used: float = 0  # of effect limit: calls that have not come back yet
    refilled_at: float = 0
    id: int = field(default_factory=lambda: next(_ids))

    def meets(self, platform: str, account: str, operation: str) -> bool:
        """Return True when this request is meant."""
        wanted = ((self.platform, platform), (self.account, account), (self.operation, operation))
        return self.fired < self.times and all(not mine or mine == theirs for mine, theirs in wanted)

    def lets_through(self, now: float) -> bool:
        """Return True while the account has calls left; else say in Retry-After when the next one comes back."""
        self.used = max(0.0, self.used - (now - self.refilled_at) * self.per_minute / 60)
        self.refilled_at = now
        over = self.used + 1 - max(1.0, self.per_minute / BURST)
        if over <= 0:
            self.used += 1
            return True
        self.headers = {**self.headers, "Retry-After": str(math.ceil(over * 60 / self.per_minute))}
        return False


class Faults:
    """The open orders."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._orders: list[Fault] = []
        self._clock = clock
        self._dice = Random()  # noqa: S311 - no secret

    def seed(self, number: int) -> None:
        """Let the dice of orders with a chance fall as they fell before."""
        self._dice.seed(number)

    def order(self, wanted: dict[str, Any]) -> Fault:
        """
        Take an order.

        :raises ValueError: for an unknown effect or field.
        """
        if wanted.get("effect") not in EFFECTS:
            raise ValueError(f"effect must be one of {', '.join(EFFECTS)}")
        try:
            fault = Fault(**wanted)
        except TypeError as error:
            raise ValueError(str(error)) from None
        self._orders.append(fault)
        return fault

    def next(self, platform: str, account: str, operation: str) -> Fault | None:
        """Return the order that meets this request, counted as fired."""
        for fault in self._orders:
            meant = fault.meets(platform, account, operation)
            if meant and fault.effect == "limit" and fault.lets_through(self._clock()):
                continue
            if meant and (fault.chance >= 1 or self._dice.random() < fault.chance):
                fault.fired += 1
                return fault
        return None

    def list(self) -> list[dict[str, Any]]:
        """Return every order with how often it fired."""
        return [asdict(fault) for fault in self._orders]

    def clear(self, label: str = "") -> None:
        """Forget every order, or those of one label."""
        self._orders = [fault for fault in self._orders if label and fault.label != label]
