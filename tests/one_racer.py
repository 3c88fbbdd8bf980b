"""Enqueues and pumps at the same time, in a process of its own: python -m tests.one_racer TENANT SECONDS NAME"""

import os
import sys
import threading
import time
from uuid import UUID

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from apps.jobs.pump import Pump  # noqa: E402 - after Django is set up
from apps.tenants.models import Tenant  # noqa: E402
from tests import scripted  # noqa: E402
from tests.make import make_job, make_lane  # noqa: E402

tenant = Tenant.objects.get(pk=UUID(sys.argv[1]))
end = time.monotonic() + float(sys.argv[2])
scripted.plug()
pump = Pump(sys.argv[3])
pump.start()


def enqueue() -> None:
    """Give the four lanes work, as fast as it goes."""
    number = 0
    while time.monotonic() < end:
        number += 1
        make_job(tenant, lane=make_lane(tenant, f"connection:{number % 4}"))


feeder = threading.Thread(target=enqueue)
feeder.start()
while time.monotonic() < end + 1:
    pump.turn(budget=0.5)
feeder.join()
pump.drain()
sys.exit(0 if pump.stop() else 1)
