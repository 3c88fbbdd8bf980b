"""Operations read a POST again from the bytes that came, and it does no more harm than before."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from apps.connections.choices import ConnectionStatus as S
from apps.connections.models import Connection
from apps.core import clock
from apps.events import log
from apps.events.models import Event
from apps.tenants.models import User
from apps.webhooks.inbound import acting
from apps.webhooks.inbound.actions.replay import NothingToReplay, replay
from apps.webhooks.inbound.choices import Ending
from apps.webhooks.inbound.reader import read_new
from apps.webhooks.models import IncomingEvent, Intake
from tests import partner_posts as posts
from tests.apps.webhooks.inbound.conftest import Deliver
from tests.apps.webhooks.inbound.test_acting import connect, now
from tests.browsers import signed_in
from tests.make import make_tenant

pytestmark = pytest.mark.django_db


@pytest.fixture
def harbour() -> Connection:
    return connect(make_tenant()[0], "meta", "page-1", person="7")


def test_what_we_failed_at_is_done_by_a_replay(
    harbour: Connection, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: Any, **_more: Any) -> None:
        raise ZeroDivisionError("a defect of ours")

    with monkeypatch.context() as broken:
        broken.setattr(acting, "stop_many", fail)
        deliver(posts.deauthorize("7"))
        read_new()
    failed = now(harbour).status

    replay(Intake.objects.get().pk, actor="staff:olga", at=clock.now())

    assert (failed, now(harbour).status) == (S.ACTIVE, S.REVOKED)
    assert Event.objects.get(verb="webhook.replayed").actor == "staff:olga"
    assert Intake.objects.get().replays == 1


def test_a_replay_undoes_no_reconnect_that_came_since(harbour: Connection, deliver: Deliver) -> None:
    deliver(posts.deauthorize("7"))
    read_new()
    at = clock.now() + timedelta(minutes=10)
    Connection.objects.across_tenants().filter(pk=harbour.pk).update(
        status=S.ACTIVE, pause_reason="", pause_detail="", paused_by="", paused_at=None, partner_told=False
    )
    subject = f"connection:{harbour.pk}"
    log.record("connection.reconnected", tenant=harbour.tenant_id, subject=subject, actor="user:alice", at=at)

    events = replay(Intake.objects.get().pk, actor="staff:olga", at=at)

    assert (now(harbour).status, [one.ending for one in events]) == (S.ACTIVE, [Ending.OLD])


def test_what_was_not_read_yet_or_was_erased_cannot_be_replayed(
    harbour: Connection, deliver: Deliver
) -> None:
    deliver(posts.deauthorize("7"))
    row = Intake.objects.get()

    with pytest.raises(NothingToReplay):
        replay(row.pk, actor="staff:olga", at=clock.now())
    read_new()
    Intake.objects.update(body=b"")
    with pytest.raises(NothingToReplay):
        replay(row.pk, actor="staff:olga", at=clock.now())


@pytest.mark.parametrize(("group", "count"), [("operator", 2), ("viewer", 1)])
def test_an_operator_replays_from_the_list(
    group: str, count: int, harbour: Connection, deliver: Deliver, client: Client
) -> None:
    deliver(posts.deauthorize("7"))
    read_new()
    olga = User.objects.create_user("olga@reknit.test", "secret-of-olga", is_staff=True)
    olga.groups.add(Group.objects.get(name=group))
    browser = signed_in("olga@reknit.test")
    row = Intake.objects.get()

    shown = browser.get(f"/admin/webhooks/intake/{row.pk}/change/").content.decode()
    browser.post("/admin/webhooks/intake/", {"action": "replay_selected", "_selected_action": [str(row.pk)]})

    assert "deauthorize" in shown
    assert IncomingEvent.objects.count() == count
