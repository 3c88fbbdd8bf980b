"""Two processes that claim at once."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from django.db import connection, transaction

from apps.core import clock
from apps.core.prepared import ask
from apps.jobs import lease
from apps.jobs.claim import claim
from apps.jobs.sql.claim import LOCK_LANES
from tests.make import make_job, make_lane, make_tenant
from tests.scripted import Script

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_second_takes_the_lanes_that_the_first_left(script: Script) -> None:
    tenant, _ = make_tenant()
    for number in range(10):
        make_job(tenant, lane=make_lane(tenant, f"connection:{number}"))

    with ThreadPoolExecutor(1) as other, transaction.atomic():
        first = ask(LOCK_LANES, {"at": clock.now(), "lanes": 5, "solo": False})
        second = other.submit(_claim, 5).result(timeout=30)

    assert len(second) == 5
    assert second.isdisjoint({lane for (lane,) in first})


def _claim(lanes: int) -> set[UUID]:
    try:
        return {one.job.lane_id for one in claim(lease.register("second"), lanes=lanes)}
    finally:
        connection.close()
