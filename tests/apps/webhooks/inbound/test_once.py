"""Out of order, doubled, forged and malformed, and two readers at once: each real event acts once, and no other does."""

import os
from collections.abc import Callable
from random import Random
from threading import Thread
from typing import Any

from django.db import connections
from django.test import Client

from apps.webhooks.inbound.reader import read_new
from tests import webhook_gun
from tests.apps.webhooks.inbound.conftest import post
from tests.make import make_tenant
from tests.partner_posts import Google

COUNT = 1500 if "REKNIT_WHOLE" in os.environ else 120


def at_once(*calls: Callable[[], Any]) -> None:
    """Do these at the same time."""

    def do(call: Callable[[], Any]) -> None:
        call()
        connections.close_all()

    threads = [Thread(target=do, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_each_real_event_acts_once(committed: None, known: None, google: Google) -> None:
    tenants = [make_tenant()[0], make_tenant("Globex", "charlie@globex.test")[0]]
    shots = webhook_gun.load(COUNT, tenants, google, Random(7))
    statuses: set[int] = set()

    def send(part: int) -> None:
        client = Client()
        statuses.update(post(client, sent).status_code for sent in shots.sent[part::2])

    at_once(lambda: send(0), lambda: send(1), read_new, read_new)
    at_once(read_new, read_new)

    assert webhook_gun.troubles(shots) == []
    assert statuses <= {200, 202, 400, 401}
    assert shots.real > COUNT / 2
