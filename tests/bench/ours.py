"""One engine process of ours, as a Celery child runs it: python -m tests.bench.ours"""

import os
import signal
import sys
import time
from types import FrameType

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from apps.jobs import worker  # noqa: E402 - after Django is set up
from apps.jobs.sql import claim as sql  # noqa: E402
from apps.jobs.tasks import TURN_BUDGET  # noqa: E402


def _end(_signal: int, _frame: FrameType | None) -> None:
    worker.warn()


if os.environ.get("BENCH_FIFO"):
    # The peer of the fairness benchmark: the same engine, first come, first served.
    sql.LOCK_LANES = f"""
    SELECT l.id FROM jobs_lane l WHERE {sql.FREE_AND_DUE}
    ORDER BY l.ready_at LIMIT %(lanes)s FOR NO KEY UPDATE SKIP LOCKED
    """  # noqa: S608 - fragments of our own
signal.signal(signal.SIGTERM, _end)
worker.pump()
sys.stdout.write("ready\n")
sys.stdout.flush()
while not worker._shutting_down[0]:
    worker.turn(TURN_BUDGET)
    # Stands for the wake, which a Celery worker would get within the same time.
    time.sleep(0.02)
worker.end()
