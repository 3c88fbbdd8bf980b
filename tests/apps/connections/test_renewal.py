"""Access is renewed before it ends, in each platform's own way, and nobody is asked to do anything."""

from datetime import timedelta

import pytest

from apps.connections import credentials, renewal
from apps.connections.choices import ConnectionStatus
from apps.connections.models import Connection
from apps.core import clock
from apps.jobs.models import Hold, Job
from apps.jobs.pump import Pump
from tests import refreshing
from tests.make import make_connection, make_tenant
from tests.refreshing import come_due, connected, key_of, work_on
from tests.simulator import Simulator

PLATFORMS = sorted(refreshing.KINDS)
KEEPING = ["gbp", "linkedin", "tiktok"]


def refresh(connection: Connection, pump: Pump, simulator: Simulator) -> None:
    """Let the access come due, and the engine renew it."""
    come_due(connection, simulator)
    assert renewal.renew_due(at=clock.now()) == 1
    work_on(pump)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_it_is_renewed_once_while_the_old_token_still_works(
    platform: str, pump: Pump, simulator: Simulator
) -> None:
    connection = connected(simulator, platform)
    before = key_of(connection)

    refresh(connection, pump, simulator)

    after = key_of(connection)
    assert (after.version, after.access_token() != before.access_token()) == (2, True)
    assert (after.expires_at or clock.now()) > (before.expires_at or clock.now())
    assert (simulator.calls("", "refresh"), Hold.objects.count()) == (1, 0)


@pytest.mark.parametrize("platform", KEEPING)
def test_an_answer_without_a_refresh_token_means_the_one_we_have(
    platform: str, pump: Pump, simulator: Simulator
) -> None:
    connection = connected(simulator, platform)
    before = key_of(connection).refresh_token()
    simulator.post("tokens/answers", platform=platform, leave_out=["refresh_token"])

    refresh(connection, pump, simulator)

    assert (key_of(connection).version, key_of(connection).refresh_token()) == (2, before)


@pytest.mark.parametrize(("platform", "life"), [("meta", 60), ("linkedin", 60), ("tiktok", 1), ("gbp", 1)])
def test_an_end_that_the_answer_leaves_out_is_asked_for_or_taken_for_a_day(
    platform: str, life: int, pump: Pump, simulator: Simulator
) -> None:
    connection = connected(simulator, platform)
    simulator.post("tokens/answers", platform=platform, leave_out=["expires_in"])
    come_due(connection, simulator)
    simulator.post("clock", advance_s=-7200)  # the partner's clock is two hours behind ours

    renewal.renew_due(at=clock.now())
    pump.drain()

    left = (key_of(connection).expires_at or clock.now()) - clock.now()
    assert abs(left - timedelta(days=life)) < timedelta(minutes=2)


def test_scopes_that_a_renewal_does_not_mention_stay(pump: Pump, simulator: Simulator) -> None:
    connection = connected(simulator, "gbp")
    before = key_of(connection).scopes
    simulator.post("tokens/answers", platform="gbp", leave_out=["scope"])

    refresh(connection, pump, simulator)

    assert before
    assert key_of(connection).scopes == before


def test_tokens_made_from_an_extended_one_are_made_anew_where_they_have_ended(
    pump: Pump, simulator: Simulator
) -> None:
    page = connected(simulator, "meta")
    user = page.grant.external_user_id
    simulator.post("tokens/revoke", platform="meta", user_id=user, kind="page", mode="expired")

    refresh(page, pump, simulator)

    own = credentials.current(grant=page.grant_id, connection=page.pk)
    assert own
    assert (key_of(page).version, own.version, own.expires_at) == (2, 2, None)


def test_what_never_ends_is_left_alone(pump: Pump, simulator: Simulator) -> None:
    tenant, _ = make_tenant()
    audience = make_connection(
        tenant, simulator.account("mailchimp", "audience"), platform="mailchimp", kind="audience"
    )
    member = connected(simulator, "linkedin", tenant=tenant, approved=False)
    clock.travel(timedelta(days=59))

    assert renewal.renew_due(at=clock.now()) == 0
    assert (key_of(audience).expires_at, audience.grant.authorised_until) == (None, None)
    assert member.grant.authorised_until == key_of(member).expires_at


def test_each_version_is_asked_for_once(simulator: Simulator, committed: None) -> None:
    come_due(connected(simulator, "gbp"), simulator)

    asked = [renewal.renew_due(at=clock.now()) for _ in range(2)]

    assert (asked, Job.objects.across_tenants().filter(kind="refresh").count()) == ([1, 0], 1)


def test_the_most_urgent_go_first_in_batches(simulator: Simulator, committed: None) -> None:
    tenant, _ = make_tenant()
    later = connected(simulator, "gbp", tenant=tenant)
    clock.travel(timedelta(seconds=-600))
    sooner = connected(simulator, "gbp", tenant=tenant)
    clock.travel(timedelta(hours=1))

    assert renewal.renew_due(at=clock.now(), most=1) == 1
    assert (key_of(sooner).refresh_at, key_of(later).refresh_at is None) == (None, False)


@pytest.mark.parametrize("status", ["inactive", "revoked"])
def test_nothing_is_renewed_that_nobody_uses(status: str, simulator: Simulator, committed: None) -> None:
    connection = connected(simulator, "gbp")
    stopped = {"paused_at": clock.now(), "paused_by": "auto", "pause_reason": "AUTH_REVOKED"}
    Connection.objects.for_tenant(connection.tenant_id).update(
        status=status, **(stopped if status == "revoked" else {})
    )
    come_due(connection, simulator)

    assert renewal.renew_due(at=clock.now()) == 0


def test_a_year_at_linkedin_is_a_year_however_often_it_is_renewed(pump: Pump, simulator: Simulator) -> None:
    member = connected(simulator, "linkedin")
    until = member.grant.authorised_until
    assert until

    refresh(member, pump, simulator)

    member.grant.refresh_from_db()
    assert member.grant.authorised_until == until
    assert abs(until - clock.now() + (clock.now() - member.created_at) - timedelta(days=365)) < timedelta(1)


def test_a_rotated_token_begins_a_new_half_year_at_tiktok(pump: Pump, simulator: Simulator) -> None:
    creator = connected(simulator, "tiktok")

    refresh(creator, pump, simulator)

    creator.grant.refresh_from_db()
    left = (creator.grant.authorised_until or clock.now()) - clock.now()
    assert abs(left - timedelta(days=180)) < timedelta(hours=1)
    assert creator.status == ConnectionStatus.ACTIVE
