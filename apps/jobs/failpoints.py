"""Named places where a fault run lets a process die or sleep; they do nothing unless a setting or a test names one."""

import os
import signal
import time
from collections.abc import Callable, Iterable

from django.conf import settings

PLACES = frozenset(
    {
        "in_claim",  # lanes locked, nothing written
        "after_claim",  # attempts committed, nothing sent
        "after_send",  # the partner answered, nobody wrote it down
        "before_settle",
        "in_settle",  # rows written, not committed
        "after_settle",
        "after_refresh",  # a new token came, and is not saved
    }
)
LISTENERS: list[Callable[[str], None]] = []  # a test's scheduler that decides who goes on


def reach(place: str, steps: Iterable[str] = ()) -> None:
    """
    Act if REKNIT_FAILPOINT names this place.

    It is `place:kill` (SIGKILL ourselves), `place:stop` (SIGSTOP) or `place:sleep:<seconds>`; `place@step` acts only
    when that step of a job is at hand.
    """
    for listener in LISTENERS:
        listener(place)
    wanted, _, act = settings.FAILPOINT.partition(":")
    named, _, step = wanted.partition("@")
    if named != place or (step and step not in steps):
        return
    action, _, seconds = act.partition(":")
    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif action == "stop":
        os.kill(os.getpid(), signal.SIGSTOP)
    elif action == "sleep":
        time.sleep(float(seconds))
