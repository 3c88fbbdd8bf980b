"""When connections are asked: pure chance with bounds, so that what was connected in one minute is not asked in one.

A check comes 3 to 5 hours after the last proof. The hour that is left until the promise of six is for what goes wrong:
a beat that is away, a queue, a partner that has to be asked again.
"""

from datetime import timedelta
from math import ceil, sqrt
from random import Random

PROMISE = timedelta(hours=6)  # a dead token is found within this
LEAST, MOST = timedelta(hours=3), timedelta(hours=5)
MEAN = (LEAST + MOST) / 2
# What could not be told is asked again so much later.
AGAIN_LEAST, AGAIN_MOST = timedelta(minutes=20), timedelta(minutes=40)
LATE = timedelta(minutes=15)  # what is overdue by more goes at once, however many they are
FEWEST = 20  # a minute


def wait(rng: Random) -> timedelta:
    """Return how long after a proof the next one is looked for."""
    return LEAST + (MOST - LEAST) * rng.random()


def first_wait(rng: Random) -> timedelta:
    """
    Return how long a connection that is new to us waits, so that a crowd of them is spread evenly from the beginning.

    It is what is left of a wait into which one looks at a random moment; long ones are met more often.
    """
    least, most = LEAST.total_seconds(), MOST.total_seconds()
    met = sqrt(least**2 + (most**2 - least**2) * rng.random())
    return timedelta(seconds=met * rng.random())


def wait_again(rng: Random) -> timedelta:
    """Return how long to wait after a check that told nothing."""
    return AGAIN_LEAST + (AGAIN_MOST - AGAIN_LEAST) * rng.random()


def share(connections: int) -> int:
    """Return how many may be asked in one minute: twice the mean."""
    return max(FEWEST, ceil(2 * connections * timedelta(minutes=1) / MEAN))
