"""Enqueues and pumps at the same time, in a process of its own: python -m tests.one_racer TENANT JOBS NAME"""

import os
import sys
import threading
from uuid import UUID

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from apps.jobs.models import Runner  # noqa: E402 - after Django is set up
from apps.jobs.pump import Pump  # noqa: E402
from apps.tenants.models import Tenant  # noqa: E402
from tests import scripted  # noqa: E402
from tests.make import make_job, make_lane  # noqa: E402

tenant = Tenant.objects.get(pk=UUID(sys.argv[1]))
wanted = int(sys.argv[2])
scripted.plug()
pump = Pump(sys.argv[3])
pump.start()
while Runner.objects.count() < 2:  # a race begins when both are there
    threading.Event().wait(0.02)


def enqueue() -> None:
    """Give the four lanes work, as fast as it goes."""
    for number in range(wanted):
        make_job(tenant, lane=make_lane(tenant, f"connection:{number % 4}"))


feeder = threading.Thread(target=enqueue)
feeder.start()
while feeder.is_alive():
    pump.turn(budget=0.5)
feeder.join()
pump.drain()
sys.exit(0 if pump.stop() else 1)
