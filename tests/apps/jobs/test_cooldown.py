"""A partner that says "slow down" is obeyed, and only by whom it meant: an account, a sign-in, or our whole app."""

from datetime import timedelta
from typing import Any

import pytest

from apps.connections.models import Connection
from apps.core import clock
from apps.jobs.actions.hold import hold, rest
from apps.jobs.choices import JobState
from apps.jobs.claim import work_is_due
from apps.jobs.explain import explain
from apps.jobs.models import Hold, Job
from apps.jobs.pump import Pump
from apps.jobs.sweep import sweep
from tests.make import make_connection, make_publish, make_tenant, reload
from tests.simulator import Simulator


def said(code: int, **more: Any) -> dict[str, Any]:
    """Return an error of Meta's."""
    return {"error": {"code": code, "message": "limit reached", "type": "OAuthException", **more}}


@pytest.fixture
def pages(pump: Pump, simulator: Simulator) -> tuple[Connection, Connection]:
    """Acme's page, and one of Globex's."""
    acme, globex = make_tenant()[0], make_tenant("Globex", "charlie@globex.test")[0]
    return (
        make_connection(acme, simulator.account("meta", "page")),
        make_connection(globex, simulator.account("meta", "page")),
    )


def throttle(simulator: Simulator, page: Connection, body: object, **headers: str) -> None:
    """Let the partner refuse the page's next post."""
    simulator.fault(
        "answer",
        platform="meta",
        account=page.external_id,
        operation="publish",
        status=400,
        body=body,
        headers=headers,
    )


def posts(page: Connection, number: int = 2) -> list[Job]:
    """Enqueue some."""
    return [make_publish(page, f"Post {one}") for one in range(number)]


def calls(simulator: Simulator, page: Connection) -> int:
    """Count how often the partner was asked to publish on the page."""
    return simulator.calls(page.external_id, "publish")


def test_a_page_that_is_limited_is_not_called_before_its_time(
    pages: tuple[Connection, Connection], pump: Pump, simulator: Simulator
) -> None:
    throttle(simulator, pages[0], said(80001), **{"Retry-After": "300"})
    posts(pages[0])

    pump.drain()
    clock.travel(timedelta(seconds=290))
    sweep()
    pump.drain()

    assert calls(simulator, pages[0]) == 1


def test_a_lane_that_rests_is_no_work_that_is_due(
    pages: tuple[Connection, Connection], pump: Pump, simulator: Simulator
) -> None:
    throttle(simulator, pages[0], said(80001), **{"Retry-After": "300"})
    posts(pages[0])

    pump.drain()

    assert not work_is_due()


def test_afterwards_everything_goes_out_and_no_try_is_burnt(
    pages: tuple[Connection, Connection], pump: Pump, simulator: Simulator
) -> None:
    throttle(simulator, pages[0], said(80001), **{"Retry-After": "300"})
    jobs = posts(pages[0])
    pump.drain()

    clock.travel(timedelta(seconds=301))
    pump.drain()

    assert [(reload(job).state, reload(job).attempts) for job in jobs] == [(JobState.SUCCEEDED, 0)] * 2


def test_the_limit_of_one_page_leaves_the_others_alone(
    pages: tuple[Connection, Connection], pump: Pump, simulator: Simulator
) -> None:
    throttle(simulator, pages[0], said(80001), **{"Retry-After": "300"})
    posts(pages[0])
    (other,) = posts(pages[1], 1)

    pump.drain()

    assert reload(other).state == JobState.SUCCEEDED


def test_the_limit_of_one_sign_in_stops_every_page_of_it_and_no_other(
    pump: Pump, simulator: Simulator
) -> None:
    tenant, _ = make_tenant()
    mine = [make_connection(tenant, simulator.account("meta", "page", user="alice")) for _ in range(2)]
    other = make_connection(tenant, simulator.account("meta", "page", user="bob"))
    throttle(simulator, mine[0], said(17), **{"Retry-After": "300"})
    posts(mine[0], 1)
    pump.drain()
    (second,), (third,) = posts(mine[1], 1), posts(other, 1)

    pump.drain()

    assert [reload(job).state for job in (second, third)] == [JobState.QUEUED, JobState.SUCCEEDED]


def test_the_limit_of_our_app_stops_every_page(
    pages: tuple[Connection, Connection], pump: Pump, simulator: Simulator
) -> None:
    throttle(simulator, pages[0], said(4), **{"Retry-After": "300"})
    posts(pages[0], 1)
    pump.drain()
    (other,) = posts(pages[1], 1)

    pump.drain()

    why = explain(reload(other), at=clock.now())
    assert (calls(simulator, pages[1]), why.blocked_by) == (0, "hold:throttle")
    assert why.next_at == Hold.objects.get(scope="platform:meta").until


def test_a_hold_that_is_over_is_closed(
    pages: tuple[Connection, Connection], pump: Pump, simulator: Simulator
) -> None:
    throttle(simulator, pages[0], said(80001), **{"Retry-After": "300"})
    posts(pages[0], 1)
    pump.drain()
    clock.travel(timedelta(seconds=301))

    sweep()

    assert not Hold.objects.filter(closed_at=None).exists()


def test_a_look_that_rested_in_a_lane_that_operations_hold_is_woken_when_its_rest_is_over(
    pages: tuple[Connection, Connection], pump: Pump, simulator: Simulator
) -> None:
    simulator.fault("accept_then_cut", platform="meta", account=pages[0].external_id, operation="publish")
    (job,) = posts(pages[0], 1)
    pump.drain()
    scope, at = f"lane:{pages[0].lane_key}", clock.now()
    rest({scope: at + timedelta(minutes=5)}, reason="throttle", sentence="Slow.", at=at)
    hold(scope=scope, reason="ops", sentence="Olga looks at it.", at=at)
    clock.travel(timedelta(minutes=2))
    pump.drain()
    assert reload(job).state == JobState.VERIFYING

    clock.travel(timedelta(minutes=4))
    sweep()
    pump.drain()

    assert reload(job).state == JobState.SUCCEEDED
