"""One form sends one post, also when two processes get it at the same moment."""

import threading
from typing import Any

from django.db import connections

from apps.core import clock
from apps.core.ids import uuid7
from apps.jobs.models import Job
from apps.publishing.actions.send import send
from apps.publishing.written import Written
from tests.make import make_connection, make_tenant
from tests.simulator import Simulator


def test_the_same_form_at_the_same_moment_sends_one_post(committed: None, simulator: Simulator) -> None:
    tenant, alice = make_tenant()
    page = make_connection(tenant, simulator.account("meta", "page"))
    form, both, sent = uuid7(), threading.Barrier(2), []

    def press() -> None:
        both.wait(10)
        said: dict[str, Any] = {"tenant": tenant.pk, "author": alice.pk, "at": clock.now()}
        sent.append(send(post_id=form, written=Written(text="Autumn menu"), connections=[page], **said))
        connections.close_all()

    clicks = [threading.Thread(target=press) for _ in range(2)]
    for one in clicks:
        one.start()
    for one in clicks:
        one.join()

    assert sorted(new for _, new in sent) == [False, True]
    assert {post.pk for post, _ in sent} == {form}
    assert Job.objects.across_tenants().filter(kind="publish").count() == 1
