"""People are told once, a week before, of an authorisation that only they can prolong."""

from datetime import timedelta

import pytest

from apps.connections.actions.connect import save_grant
from apps.connections.connectors.interface import TokenSet
from apps.connections.endings import tell_endings
from apps.connections.models import Connection
from apps.core import clock
from apps.events.models import Event
from tests.refreshing import connected
from tests.simulator import Simulator


@pytest.fixture
def member(simulator: Simulator, committed: None) -> Connection:
    """Acme's member at LinkedIn, whose access ends after 60 days."""
    return connected(simulator, "linkedin", approved=False)


def told() -> list[str]:
    """Return the ends that were told of."""
    return [row.data["until"] for row in Event.objects.filter(verb="grant.ending")]


def test_nobody_is_told_early(member: Connection) -> None:
    clock.travel(timedelta(days=52))

    assert (tell_endings(at=clock.now()), told()) == (0, [])


def test_everybody_is_told_once_with_the_date(member: Connection) -> None:
    clock.travel(timedelta(days=54))

    counts = [tell_endings(at=clock.now()) for _ in range(2)]

    assert (counts, told()) == ([1, 0], [member.grant.authorised_until.isoformat()])  # type: ignore[union-attr]


def test_a_new_sign_in_has_an_end_of_its_own(member: Connection) -> None:
    clock.travel(timedelta(days=54))
    tell_endings(at=clock.now())
    tokens = TokenSet("fresh", expires_in=60 * 86400, user_id=member.grant.external_user_id)
    save_grant(tenant=member.tenant_id, platform="linkedin", tokens=tokens, at=clock.now())

    soon = tell_endings(at=clock.now())
    clock.travel(timedelta(days=54))

    assert (soon, tell_endings(at=clock.now()), len(set(told()))) == (0, 1, 2)


@pytest.mark.parametrize("platform", ["meta", "gbp"])
def test_what_we_renew_ourselves_is_no_news(platform: str, simulator: Simulator, committed: None) -> None:
    connected(simulator, platform)
    clock.travel(timedelta(days=400))

    assert tell_endings(at=clock.now()) == 0


def test_a_stopped_connection_has_been_told_of_already(member: Connection) -> None:
    Connection.objects.for_tenant(member.tenant_id).update(status="inactive")
    clock.travel(timedelta(days=54))

    assert tell_endings(at=clock.now()) == 0
