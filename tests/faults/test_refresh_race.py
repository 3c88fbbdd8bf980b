"""Four workers, eight places of one sign-in, two hundred posts due when its access ends: one refresh serves them all."""

from datetime import timedelta

from apps.connections import credentials
from apps.connections.models import Connection
from apps.core import clock
from apps.jobs.models import Attempt, Hold, Job
from apps.jobs.pump import Pump
from tests.faults import forks
from tests.make import lift_limits, make_publish, make_tenant
from tests.refreshing import connected
from tests.simulator import Simulator

PLACES, POSTS, WORKERS = 8, 200, 4


def sign_in(simulator: Simulator) -> list[Connection]:
    """Acme's places under one sign-in at Google."""
    tenant, _ = make_tenant()
    lift_limits("gbp")
    first = connected(simulator, "gbp", tenant=tenant)
    user = first.grant.external_user_id
    return [first, *(connected(simulator, "gbp", tenant=tenant, user=user) for _ in range(PLACES - 1))]


def pump() -> None:
    """Work until nothing is due."""
    one = Pump("worker")
    one.start()
    one.drain(budget=120)
    one.stop()


def test_one_refresh_serves_four_workers(committed: None, simulator: Simulator) -> None:
    places = sign_in(simulator)
    clock.travel(timedelta(minutes=30))
    jobs = [
        make_publish(places[number % PLACES], f"Post {number}", content={"format": "update"}).pk
        for number in range(POSTS)
    ]
    simulator.post("clock", advance_s=3700)  # over at Google; our own clock does not know yet

    workers = [forks.begin(pump) for _ in range(WORKERS)]
    codes = [forks.end(worker) for worker in workers]

    states = Job.objects.across_tenants().filter(pk__in=jobs).values_list("state", "attempts").distinct()
    refused = Attempt.objects.filter(job__in=jobs, error_code="AUTH_EXPIRED").values_list("job", flat=True)
    current = credentials.current(grant=places[0].grant_id)
    assert codes == [0] * WORKERS
    assert list(states) == [("succeeded", 0)]
    assert len({row["text"] for row in simulator.ledger()}) == len(simulator.ledger()) == POSTS
    assert simulator.calls("", "refresh") == 1
    assert len(refused) == len(set(refused)) <= PLACES
    assert current
    assert current.version == PLACES + 1
    assert not Hold.objects.filter(closed_at=None).exists()
