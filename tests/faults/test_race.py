"""Two processes enqueue, claim and settle on four lanes: no wake-up is lost, nothing blocks for ever."""

from collections import Counter

from django.db import connection

from apps.jobs.claim import work_is_due
from apps.jobs.models import Attempt, Job, Lane
from apps.jobs.sql import sweep as sql
from tests import scripted
from tests.make import lift_limits, make_job, make_lane, make_tenant
from tests.processes import run
from tests.whole import WHOLE

EACH, JOBS = (400, "120") if WHOLE else (80, "60")


def test_two_processes_on_four_lanes(committed: None) -> None:
    scripted.plug()
    tenant, _ = make_tenant()
    for number in range(4):
        make_job(tenant, lane=make_lane(tenant, f"connection:{number}"))
    lift_limits()

    racers = [run("tests.one_racer", str(tenant.pk), str(EACH), name) for name in ("one", "two")]
    codes = [racer.wait(timeout=180) for racer in racers]

    states = Counter(Job.objects.for_tenant(tenant.pk).values_list("state", flat=True))
    assert codes == [0, 0]
    assert states == {"succeeded": 4 + 2 * EACH}
    assert not work_is_due()
    assert not Lane.objects.for_tenant(tenant.pk).filter(leased_by__isnull=False).exists()
    assert Attempt.objects.count() == states["succeeded"]  # nothing was started twice


def test_no_job_stays_behind_the_head_of_its_lane(committed: None) -> None:
    """Nobody sweeps here: what a head hid would stay there."""
    scripted.plug()
    tenant, _ = make_tenant()
    lift_limits()

    more = {"REKNIT_SWEEPING": "0", "REKNIT_SPEED": "100"}
    racers = [run("tests.one_troubled_racer", str(tenant.pk), JOBS, seed, more=more) for seed in ("1", "2")]
    codes = [racer.wait(timeout=180) for racer in racers]

    states = Counter(Job.objects.for_tenant(tenant.pk).values_list("state", flat=True))
    assert codes == [0, 0]
    assert set(states) <= {"succeeded", "dead"}, states
    assert min(states["succeeded"], states["dead"]) > 0
    with connection.cursor() as cursor:
        cursor.execute(sql.HIDDEN)
        assert cursor.fetchall() == []
