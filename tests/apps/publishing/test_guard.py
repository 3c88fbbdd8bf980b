"""Between enqueue and call things change: what cannot be published any more is not sent."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from apps.connections.choices import ConnectionStatus
from apps.connections.connectors.linkedin import options
from apps.connections.connectors.meta.capabilities import CAPABILITIES
from apps.connections.models import Connection, Credential
from apps.core import clock
from apps.errors.codes import ErrorCode
from apps.events.models import Event
from apps.jobs.choices import JobState
from apps.jobs.explain import explain
from apps.jobs.models import Hold
from apps.jobs.pump import Pump
from apps.recovery.actions.resume import resume
from tests.make import make_connection, make_publish, make_tenant, reload
from tests.simulator import Simulator

GRANTED = ["pages_show_list", "pages_manage_posts", "pages_read_engagement"]


@pytest.fixture
def page(pump: Pump, simulator: Simulator) -> Connection:
    """Acme's page."""
    return make_connection(make_tenant()[0], simulator.account("meta", "page"))


def shorten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Facebook take five characters from now on."""
    monkeypatch.setitem(CAPABILITIES, ("page", "text"), replace(CAPABILITIES["page", "text"], text_limit=5))


def test_a_limit_that_fell_meanwhile_sends_the_post_back_to_its_author_unsent(
    page: Connection, pump: Pump, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = make_publish(page, "Autumn menu")
    shorten(monkeypatch)

    pump.drain()

    found = reload(job)
    assert (found.state, found.error_code, found.error_rule) == (
        JobState.FAILED,
        ErrorCode.CONTENT_INVALID,
        "guard.length",
    )
    assert found.error_message == "It takes 5 characters. Shorten this by 6."
    assert simulator.calls("", "") == 0
    assert not Hold.objects.exists()


def test_a_format_that_went_away_is_named_as_such(
    page: Connection, pump: Pump, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = make_publish(page)
    monkeypatch.delitem(CAPABILITIES, ("page", "text"))

    pump.drain()

    assert (reload(job).state, reload(job).error_code) == (JobState.FAILED, ErrorCode.CAPABILITY_UNSUPPORTED)
    assert simulator.calls("", "") == 0


def test_a_permission_that_was_taken_back_pauses_unsent_and_goes_on_when_it_is_given_again(
    page: Connection, pump: Pump, simulator: Simulator
) -> None:
    job = make_publish(page)
    Credential.objects.filter(connection=None).update(scopes=["pages_show_list", "pages_read_engagement"])

    pump.drain()

    page.refresh_from_db()
    assert (page.status, page.pause_reason) == (ConnectionStatus.ATTENTION, ErrorCode.PERMISSION_INSUFFICIENT)
    assert reload(job).state == JobState.QUEUED
    assert "post on your Page" in explain(reload(job), at=clock.now()).sentence
    assert Event.objects.get(verb="connection.paused").data["rule"] == "guard.scopes"
    assert simulator.calls("", "") == 0

    Credential.objects.filter(connection=None).update(scopes=GRANTED)
    resume(page, actor="user:alice", at=clock.now())
    pump.drain()

    assert (reload(job).state, len(simulator.ledger())) == (JobState.SUCCEEDED, 1)


def test_the_authors_mistake_stops_nobody_for_a_permission(
    page: Connection, pump: Pump, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = make_publish(page)
    shorten(monkeypatch)
    Credential.objects.filter(connection=None).update(scopes=["pages_show_list"])

    pump.drain()

    page.refresh_from_db()
    assert (reload(job).state, page.status) == (JobState.FAILED, ConnectionStatus.ACTIVE)


def test_a_post_that_may_be_out_is_looked_for_whatever_the_limits_say_now(
    page: Connection, pump: Pump, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulator.fault("accept_then_cut", operation="publish")
    job = make_publish(page)
    pump.drain()
    shorten(monkeypatch)
    clock.travel(timedelta(seconds=6))

    pump.drain()

    assert (reload(job).state, len(simulator.ledger())) == (JobState.SUCCEEDED, 1)


def test_an_option_that_is_no_longer_taken_fails_its_own_post_only(
    pump: Pump, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    seeded = simulator.account("linkedin", "organization")
    connection = make_connection(make_tenant()[0], seeded, platform="linkedin", kind="organization")
    link: dict[str, Any] = {"format": "link", "link": "https://harbour.test/"}
    titled = make_publish(connection, "One", content={**link, "options": {"title": "Autumn"}})
    plain = make_publish(connection, "Two", content=link)
    monkeypatch.setattr(options, "LONGEST_TITLE", 3)

    pump.drain()

    assert (reload(titled).state, reload(titled).error_rule) == (JobState.FAILED, "guard.option")
    assert (reload(plain).state, len(simulator.ledger())) == (JobState.SUCCEEDED, 1)
