"""Enqueues, fails, retries, answers, replays, wakes at once: python -m tests.one_troubled_racer TENANT JOBS SEED"""

import os
import sys
import threading
from datetime import timedelta
from random import Random
from uuid import UUID

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.db import connection  # noqa: E402 - after Django is set up

from apps.core import clock  # noqa: E402
from apps.errors.outcome import Outcome  # noqa: E402
from apps.jobs.actions.answer import SEND_AGAIN, NotAsked, answer  # noqa: E402
from apps.jobs.actions.hold import rewake  # noqa: E402
from apps.jobs.actions.replay import AlreadyResolved, replay  # noqa: E402
from apps.jobs.choices import OPEN, JobState  # noqa: E402
from apps.jobs.models import DeadLetter, Job  # noqa: E402
from apps.jobs.pump import Pump  # noqa: E402
from apps.tenants.models import Tenant  # noqa: E402
from tests import scripted  # noqa: E402
from tests.make import make_job, make_lane  # noqa: E402

PATIENCE = 300  # looks at what has not ended
tenant = Tenant.objects.get(pk=UUID(sys.argv[1]))
wanted = int(sys.argv[2])
dice = Random(int(sys.argv[3]))
fed = threading.Event()
scripted.plug()
pump = Pump(f"troubled-{sys.argv[3]}")


def partner() -> Outcome:
    """Mostly well, sometimes not."""
    refused = scripted.failure(400, {"error": {"code": dice.choice([100, 9007])}})
    return dice.choice([*[scripted.success()] * 6, refused, scripted.unknown()])


def feed() -> None:
    """Jobs of every priority, for now and for a moment later."""
    for _ in range(wanted):
        make_job(
            tenant,
            lane=make_lane(tenant, f"connection:{dice.randrange(4)}"),
            args={"blind": dice.random() < 0.5},
            priority=dice.choice([0, 1, 1, 2]),
            due_at=clock.now() + timedelta(milliseconds=dice.choice([0, 0, 20, 60])),
        )
    fed.set()
    connection.close()


def bring_back() -> None:
    """A person answers, replays and wakes whatever there is."""
    held = Job.objects.for_tenant(tenant.pk).filter(state=JobState.HELD).values_list("pk", flat=True)
    for job in held[:5]:
        try:
            answer(job, SEND_AGAIN, tenant=tenant.pk, actor="user:alice", at=clock.now())
        except NotAsked:
            continue
    letters = DeadLetter.objects.for_tenant(tenant.pk).filter(resolved_at=None).values_list("pk", flat=True)
    for letter in letters[:5]:
        try:
            replay(letter, tenant=tenant.pk, actor="user:alice", at=clock.now())
        except AlreadyResolved:
            continue
    rewake(scope=f"lane:connection:{dice.randrange(4)}", at=clock.now())


def trouble() -> None:
    """Bring back what rests, until nobody enqueues any more."""
    while not fed.is_set():
        bring_back()
    connection.close()


scripted.SCRIPT.answers = [partner] * 1_000_000
pump.start()
threads = [threading.Thread(target=act) for act in (feed, trouble)]
for thread in threads:
    thread.start()
while not fed.is_set():
    pump.turn(budget=0.5)
for thread in threads:
    thread.join()
scripted.SCRIPT.answers = []
for _ in range(PATIENCE):
    bring_back()
    pump.drain()
    if not Job.objects.for_tenant(tenant.pk).filter(state__in=OPEN).exists():
        break
    threading.Event().wait(0.1)
sys.exit(0 if pump.stop() else 1)
