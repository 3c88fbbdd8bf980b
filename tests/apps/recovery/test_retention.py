"""Notices, prompts and the details of incidents go after a while; what somebody still needs stays."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.connections.models import ReconnectLink
from apps.core import clock, ids
from apps.errors.codes import ErrorCode
from apps.jobs import retention
from apps.notifications.choices import NoticeState
from apps.notifications.models import Notice
from apps.recovery.choices import IncidentEnd
from apps.recovery.models import Hit, Incident, Prompt, Trial
from tests.crowd import Crowd, make_crowd

pytestmark = pytest.mark.django_db
KEPT = timedelta(days=90)


def prune(at: datetime | None = None, **more: Any) -> int:
    """Prune as the task does, and return how many of these went."""
    return retention.prune(at=at or clock.now(), real_at=clock.real_now(), **more).others


@pytest.fixture
def incident() -> Incident:
    """Twelve connections of four tenants were refused; it was over after some minutes."""
    crowd: Crowd = make_crowd(12, tenants=4)
    crowd.run(2, lambda _job: ErrorCode.AUTH_INVALID)
    crowd.run(6)
    return Incident.objects.get(end=IncidentEnd.OVER)


def test_the_details_of_an_incident_go_and_its_row_with_the_figures_stays(incident: Incident) -> None:
    assert incident.closed_at
    before = (Hit.objects.across_tenants().count(), Trial.objects.exists())

    early, late = prune(incident.closed_at + KEPT), prune(incident.closed_at + KEPT + timedelta(seconds=1))

    assert (before, early) == ((12, True), 0)
    assert late >= 12
    assert not Hit.objects.across_tenants().exists()
    assert not Trial.objects.exists()
    assert Incident.objects.get().connections == 12


def test_what_an_open_incident_holds_stays(incident: Incident) -> None:
    Incident.objects.update(state="open", closed_at=None, closed_by="", end="")

    assert prune(clock.now() + 2 * KEPT) == 0


@pytest.mark.parametrize(
    ("days", "state", "gone"),
    [(91, NoticeState.NOBODY, 1), (89, NoticeState.NOBODY, 0), (91, NoticeState.WAITING, 0)],
)
def test_a_notice_goes_unless_it_is_on_its_way(days: int, state: NoticeState, gone: int) -> None:
    written = clock.real_now() - timedelta(days=days)
    Notice.objects.create(
        id=ids.floor(written),
        key="x",
        about="x",
        subject="x",
        text="",
        html="",
        state=state,
        created_at=written,
    )

    assert prune() == gone


def test_a_prompt_goes_when_it_was_closed_long_ago_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    crowd, at = make_crowd(3, tenants=1, posts=False), clock.now()
    closed = [at - KEPT - timedelta(days=1), at - KEPT - timedelta(days=1), None]
    for one, end in zip(crowd.connections, closed, strict=True):
        Prompt.objects.create(tenant_id=one.tenant_id, grant_id=one.grant_id, since=at, closed_at=end)
    monkeypatch.setattr(retention, "BATCH", 1)

    assert prune() == 2
    assert Prompt.objects.across_tenants().get().closed_at is None


@pytest.mark.parametrize(("days", "gone"), [(89, 0), (91, 1)])
def test_a_link_goes_long_after_it_has_ended(days: int, gone: int) -> None:
    cafe = make_crowd(1, tenants=1, posts=False).connections[0]
    ReconnectLink.objects.create(
        tenant=cafe.tenant, connection=cafe, expires_at=clock.now() - timedelta(days=days)
    )

    assert prune() == gone
