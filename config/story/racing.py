"""
Wants the drilled access of a sign-in renewed, as often as it can, and does the engine's work beside: one of many.

Run as `python -m config.story.racing GRANT`, until it is told to end.
"""

import os
import signal
import sys
import threading
from uuid import UUID

import django
from django.db import transaction

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from apps.connections import credentials, renewal, routes  # noqa: E402 - after Django is set up
from apps.connections.models import Credential  # noqa: E402
from apps.core import clock  # noqa: E402
from apps.jobs.pump import Pump  # noqa: E402

TURN = 0.2  # seconds
READY = "ready"  # `drilling` waits for it


def main(grant: UUID) -> int:
    """Ask and work until SIGTERM; 0 when nothing was left under way."""
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    pump = Pump(f"racer-{os.getpid()}")
    pump.start()
    print(READY, flush=True)  # noqa: T201 - whoever started it waits for this
    while not over.is_set():
        want(grant)
        pump.turn(budget=TURN, stopping=over.is_set)
    return 0 if pump.stop() else 1


@transaction.atomic
def want(grant: UUID) -> None:
    """Say that the access which the drill has ended is due, as the sweep would; what came after it is not ours to ask for."""
    route = routes.unclosed().filter(connection__grant=grant).first()
    credential = credentials.lock(grant=grant) if route else None
    if route and credential and credential.version == route.version:
        at = clock.now()
        Credential.objects.filter(pk=credential.pk).update(refresh_at=at)
        renewal.renew_due(at=at)


if __name__ == "__main__":
    sys.exit(main(UUID(sys.argv[1])))
