"""Waiting for PostgreSQL: work in hand must not be lost to its restart."""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

logger = logging.getLogger(__name__)
T = TypeVar("T")
BACKOFF = (0.1, 0.5, 1, 2, 5)  # seconds


def patiently(act: Callable[[], T]) -> T:
    """Repeat until the database answers."""
    tries = 0
    while True:
        try:
            return act()
        except (OperationalError, InterfaceError):
            logger.warning("settle.database_away", extra={"tries": tries})
            connection.close()
            time.sleep(BACKOFF[min(tries, len(BACKOFF) - 1)])
            tries += 1
