"""A pump in a process of its own, for tests that kill it: python -m tests.one_pump SECONDS"""

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from apps.jobs.pump import Pump  # noqa: E402 - after Django is set up
from tests import scripted  # noqa: E402

scripted.plug()
pump = Pump("killed")
pump.start()
pump.drain(budget=float(sys.argv[1]))
pump.stop()
