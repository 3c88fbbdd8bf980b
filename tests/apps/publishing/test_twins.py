"""The same post twice: refused when it is accepted, asked about when it is sent, and adopted when a partner names it."""

from datetime import timedelta

import pytest

from apps.connections.models import Connection
from apps.core import clock
from apps.errors.codes import ErrorCode
from apps.jobs.actions.answer import PUBLISH, SEND_AGAIN, answer
from apps.jobs.choices import HeldFor, JobState
from apps.jobs.explain import explain
from apps.jobs.models import Job
from apps.jobs.pump import Pump
from apps.publishing.actions.again import again
from apps.publishing.twins import SamePostTwice
from tests.make import bury, make_connection, make_publish, make_tenant, reload
from tests.simulator import Simulator


@pytest.fixture
def page(committed: None, simulator: Simulator) -> Connection:
    """Acme's page."""
    return make_connection(make_tenant()[0], simulator.account("meta", "page"))


@pytest.fixture
def member(committed: None, simulator: Simulator) -> Connection:
    """Alice herself at LinkedIn, whose posts nobody may read back."""
    seeded = simulator.account("linkedin", "member")
    return make_connection(make_tenant()[0], seeded, platform="linkedin", kind="member")


def test_the_same_post_within_a_day_is_refused_and_the_first_one_named(page: Connection) -> None:
    first = make_publish(page)

    with pytest.raises(SamePostTwice) as refused:
        make_publish(page)

    assert refused.value.extra["job"] == str(first.pk)


def test_a_dead_post_is_not_tried_again_beside_another_that_says_the_same(page: Connection) -> None:
    dead = bury(make_publish(page))
    second = make_publish(page)

    with pytest.raises(SamePostTwice) as refused:
        again(dead.job_id, tenant=page.tenant_id, actor="user:alice", at=clock.now())

    assert refused.value.extra["job"] == str(second.pk)
    dead.refresh_from_db()
    assert dead.resolved_at is None


def planned(page: Connection) -> Job:
    """Plan a post for tomorrow that somebody publishes by hand two days later than it was planned."""
    job = make_publish(page, due_at=clock.now() + timedelta(days=3))
    clock.travel(timedelta(days=2))
    make_publish(page)
    return job


def test_a_planned_post_that_went_out_meanwhile_is_asked_about(
    page: Connection, pump: Pump, simulator: Simulator
) -> None:
    job = planned(page)
    pump.drain()
    clock.travel(timedelta(days=1, minutes=1))

    pump.drain()

    found = reload(job)
    assert (found.state, found.held_for, len(simulator.ledger())) == (JobState.HELD, HeldFor.APPROVAL, 1)
    assert "meanwhile" in explain(found, at=clock.now()).sentence


def test_a_person_may_let_it_go_out_again(page: Connection, pump: Pump, simulator: Simulator) -> None:
    job = planned(page)
    pump.drain()
    clock.travel(timedelta(days=1, minutes=1))
    pump.drain()

    answer(job.pk, PUBLISH, tenant=page.tenant_id, actor="user:alice", at=clock.now())
    pump.drain()

    assert (reload(job).state, len(simulator.ledger())) == (JobState.SUCCEEDED, 2)


def test_a_duplicate_on_purpose_is_not_asked_about(
    page: Connection, pump: Pump, simulator: Simulator
) -> None:
    jobs = [make_publish(page, allow_duplicate=True) for _ in range(2)]

    pump.drain()

    assert [reload(job).state for job in jobs] == [JobState.SUCCEEDED] * 2
    assert len(simulator.ledger()) == 2


def unconfirmed(member: Connection, pump: Pump, simulator: Simulator) -> Job:
    """Publish a post whose answer is lost."""
    simulator.fault("accept_then_cut", platform="linkedin", operation="publish")
    job = make_publish(member)
    pump.drain()
    assert (reload(job).state, reload(job).held_for) == (JobState.HELD, HeldFor.UNCONFIRMED)
    return job


def test_a_member_who_says_send_it_again_although_it_is_there_gets_no_second_post(
    member: Connection, pump: Pump, simulator: Simulator
) -> None:
    job = unconfirmed(member, pump, simulator)

    answer(job.pk, SEND_AGAIN, tenant=member.tenant_id, actor="user:alice", at=clock.now())
    pump.drain()

    (row,) = simulator.ledger()
    assert (reload(job).state, reload(job).remote_id) == (JobState.SUCCEEDED, row["remote_id"])
    assert row["remote_id"] in reload(job).permalink


def test_a_first_send_that_is_refused_as_a_duplicate_goes_back_to_its_author(
    member: Connection, pump: Pump
) -> None:
    make_publish(member)
    pump.drain()
    job = make_publish(member, allow_duplicate=True)

    pump.drain()

    assert (reload(job).state, reload(job).error_code) == (JobState.FAILED, ErrorCode.DUPLICATE_CONTENT)
