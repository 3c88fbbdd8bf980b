"""With a mechanism switched off, what it prevents happens: so we know that it is the mechanism that prevents it."""

from datetime import timedelta
from typing import Any

import pytest

from apps.connections import credentials
from apps.connections.choices import ConnectionStatus
from apps.connections.connectors.interface import TokenSet
from apps.connections.models import Connection
from apps.core import clock
from apps.errors.classifier import classify_partner_error
from apps.errors.outcome import Outcome, Verdict
from apps.jobs import lease
from apps.jobs.choices import JobState
from apps.jobs.claim import claim
from apps.jobs.kinds import Settlement
from apps.jobs.pump import Pump
from apps.jobs.settle import settle
from tests.make import make_connection, make_publish, make_tenant, reload
from tests.simulator import Simulator

DEAD_TOKEN = {"error": {"code": 190, "error_subcode": 460, "message": "changed", "type": "OAuthException"}}


@pytest.fixture
def page(committed: None, simulator: Simulator) -> Connection:
    """Acme's page."""
    return make_connection(make_tenant()[0], simulator.account("meta", "page"))


def publish_twins(page: Connection, pump: Pump, simulator: Simulator) -> list[str]:
    """Publish the same text twice on purpose; the second request never reaches the partner. Return the states."""
    first = make_publish(page, allow_duplicate=True)
    pump.drain()
    simulator.fault("cut", platform="meta", operation="publish")
    second = make_publish(page, allow_duplicate=True)
    for _ in range(6):
        pump.drain()
        clock.travel(timedelta(minutes=8))
    return [reload(job).state for job in (first, second)]


def test_a_post_that_another_job_owns_is_never_taken_for_ours(
    page: Connection, pump: Pump, simulator: Simulator
) -> None:
    assert publish_twins(page, pump, simulator) == [JobState.SUCCEEDED] * 2
    assert len(simulator.ledger()) == 2


def test_without_that_the_second_twin_never_goes_out(
    page: Connection, pump: Pump, simulator: Simulator, settings: Any
) -> None:
    settings.ONE_POST_ONE_JOB = False

    publish_twins(page, pump, simulator)

    assert len(simulator.ledger()) == 1


def answer_to_an_old_token(page: Connection, script: Any) -> Connection:
    """Let a call that began with the old token be refused after somebody has reconnected."""
    job = make_publish(page)
    (claimed,) = claim(runner := lease.register("slow"), lanes=1)
    old = credentials.for_connections([page])[page.pk].version
    credentials.save(TokenSet("fresh"), grant=page.grant, connection=page, at=clock.now())
    found = classify_partner_error("meta", 400, DEAD_TOKEN)
    refused = Outcome(verdict=Verdict.FAILURE, classification=found)
    late = Settlement(
        job=claimed.job, attempt=claimed.attempt, fence=claimed.fence, outcome=refused, credential_version=old
    )
    settle(runner, [late])
    assert reload(job).state == JobState.QUEUED
    return Connection.objects.for_tenant(page.tenant_id).get(pk=page.pk)


def test_an_answer_to_an_old_token_does_not_pause_what_was_reconnected(page: Connection, script: Any) -> None:
    assert answer_to_an_old_token(page, script).status == ConnectionStatus.ACTIVE


def test_without_credential_versions_it_does(page: Connection, script: Any, settings: Any) -> None:
    settings.CREDENTIAL_VERSIONS = False

    assert answer_to_an_old_token(page, script).status != ConnectionStatus.ACTIVE
