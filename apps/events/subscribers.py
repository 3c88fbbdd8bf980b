"""Whoever acts on what was told: each has a cursor of its own, runs after the commit, and misses nothing.

The cursor moves in the transaction of what the subscriber did, so a crash in between repeats both or neither.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import InterfaceError, OperationalError, transaction

from apps.core import clock
from apps.core.registry import Registry
from apps.events import feed
from apps.events.models import Cursor, Event

logger = logging.getLogger(__name__)
PAGE = 500
MOST_PAGES = 20  # in one go; what is left has its turn a moment later


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Which verbs it wants to hear of, and what it does; may be given the same events again after a reset."""

    verbs: frozenset[str]
    act: Callable[[Sequence[Event], datetime], None]


SUBSCRIBERS: Registry[Subscriber] = Registry("subscriber of the event log")


def follow() -> int:
    """
    Let every subscriber catch up, and return how many events were read; one that fails stops only itself.

    :raises OperationalError: when the database is away; the cursors stay where they are.
    """
    return sum(_catch_up(name) for name in SUBSCRIBERS.names())


def _catch_up(name: str) -> int:
    Cursor.objects.get_or_create(name=name)
    read = 0
    try:
        for _ in range(MOST_PAGES):
            page = _one_page(name)
            read += page
            if page < PAGE:
                break
    except (OperationalError, InterfaceError):
        raise  # the database is away: nobody can read, and nothing is wrong with this one
    except Exception as error:
        logger.exception("subscriber.failed", extra={"subscriber": name})
        Cursor.objects.filter(name=name).update(trouble=f"{type(error).__name__}: {error}"[:500])
    return read


@transaction.atomic
def _one_page(name: str) -> int:
    # Two runs at once: the second finds the row locked and leaves, it does not wait.
    mine = Cursor.objects.select_for_update(skip_locked=True).filter(name=name).first()
    if mine is None:
        return 0
    subscriber, page = SUBSCRIBERS.get(name), feed.read(mine.cursor, limit=PAGE)
    wanted = [event for event in page.events if event.verb in subscriber.verbs]
    if wanted:
        subscriber.act(wanted, clock.now())
    if page.cursor != mine.cursor or mine.trouble:
        Cursor.objects.filter(name=name).update(cursor=page.cursor, trouble="")
    return len(page.events)
