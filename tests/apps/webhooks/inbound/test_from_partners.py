"""The simulator's webhooks, over the wire: another program writes and signs them, and ours understands them."""

import time
from collections.abc import Iterator
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from django.core.handlers.wsgi import WSGIHandler

from apps.connections.choices import ConnectionStatus as S
from apps.connections.models import Connection
from apps.jobs.models import Job
from apps.webhooks.inbound import keys, nudge
from apps.webhooks.inbound.choices import Ending
from apps.webhooks.inbound.mailchimp.receiver import token
from apps.webhooks.inbound.reader import read_new
from apps.webhooks.models import IncomingEvent, Intake, Refusal
from tests.make import make_connection, make_tenant
from tests.simulator import Simulator

KINDS = {
    "meta": "page",
    "linkedin": "organization",
    "tiktok": "creator",
    "gbp": "location",
    "mailchimp": "audience",
}
# Whom each event names, and what becomes of it.
EVENTS: dict[str, tuple[dict[str, Any], str]] = {
    "meta": ({"event": "deauthorize", "user": "user"}, S.REVOKED),
    "tiktok": ({"event": "authorization.removed", "account": "account", "content": {"reason": 1}}, S.REVOKED),
    "gbp": ({"event": "tokens-revoked", "user": "user"}, S.REVOKED),
    "linkedin": ({"event": "PERMISSION_REVOKED", "account": "account"}, S.ACTIVE),
    "mailchimp": ({"event": "list_deleted", "account": "account"}, S.ACTIVE),
}


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture
def door(
    committed: None, simulator: Simulator, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Simulator]:
    """Our web process, which the simulator calls."""
    monkeypatch.setattr(nudge, "reader", lambda: None)
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    server = make_server("127.0.0.1", 0, WSGIHandler(), handler_class=_Quiet)
    Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    simulator.post("webhooks/listener", url=f"http://127.0.0.1:{server.server_port}")
    keys.forget()
    keys.fetch_due()
    yield simulator
    server.shutdown()
    server.server_close()


def connected(door: Simulator, platform: str) -> tuple[Connection, dict[str, Any]]:
    """Return a connection of Acme, and the platform's event about it, a moment ahead of the connecting."""
    account = door.account(platform, KINDS[platform])
    connection = make_connection(make_tenant()[0], account, platform=platform, kind=KINDS[platform])
    event, _ = EVENTS[platform]
    named = {"user": account["user_id"], "account": account["account_id"]}
    whom = {name: named[name] for name in ("user", "account") if name in event}
    return connection, {
        **event,
        **whom,
        "at": time.time() + 1,
        "id": 7_000_001 if platform == "linkedin" else "m-1",
    }


@pytest.mark.parametrize("platform", EVENTS)
def test_what_is_rightly_signed_acts_once_and_what_is_forged_never(platform: str, door: Simulator) -> None:
    connection, event = connected(door, platform)
    order = {"platform": platform, "events": [event], "token": token(connection.pk)}

    # Mailchimp signs nothing: only its address is secret.
    forgeries = ("secret",) if platform == "mailchimp" else ("secret", "bit", "none")
    forged = [door.post("webhooks", **order, forged=how)["statuses"] for how in forgeries]
    before = Intake.objects.count()
    sent = door.post("webhooks", **order, times=3)["statuses"]
    read_new()

    assert {one for row in forged for one in row} <= {400, 401}
    assert before == 0
    assert set(sent) <= {200, 202}
    assert IncomingEvent.objects.count() == 1
    now = Connection.objects.across_tenants().get(pk=connection.pk)
    asked = Job.objects.across_tenants().filter(kind="health_check", connection=connection.pk).count()
    assert (now.status, asked) == (EVENTS[platform][1], 0 if now.status == S.REVOKED else 1)
    assert sum(Refusal.objects.values_list("count", flat=True)) == len(forgeries)


def test_a_batch_comes_as_one_post(door: Simulator) -> None:
    connection, _ = connected(door, "meta")
    events = [{"event": "feed", "account": connection.external_id, "change": {"value": n}} for n in range(30)]

    sent = door.post("webhooks", platform="meta", events=events, batched=True)["statuses"]
    read_new()

    assert (sent, Intake.objects.count(), IncomingEvent.objects.count()) == ([200], 1, 30)


def test_what_comes_late_and_out_of_order_undoes_nothing(door: Simulator) -> None:
    connection, event = connected(door, "tiktok")
    before = event | {"at": time.time() - 86_400}

    sent = door.post("webhooks", platform="tiktok", events=[event, before], late_s=3600)["statuses"]
    read_new()

    endings = dict(IncomingEvent.objects.order_by("-happened_at").values_list("happened_at", "ending"))
    assert (sent, list(endings.values())) == ([200, 200], [Ending.DONE, Ending.OLD])
    assert Connection.objects.across_tenants().get(pk=connection.pk).status == S.REVOKED


def test_google_changes_its_key(door: Simulator) -> None:
    _, event = connected(door, "gbp")
    order = {"platform": "gbp", "events": [event]}

    early = door.post("webhooks", **order, rotate=True)["statuses"]
    keys.SigningKeys.objects.update(fetched_at=None, tried_at=None)
    keys.fetch_due()
    keys.forget()
    late = door.post("webhooks", **order)["statuses"]

    assert (early, late) == ([503], [202])


def test_a_person_who_removes_our_app_is_told_of_by_itself(door: Simulator) -> None:
    connection, _ = connected(door, "meta")
    person = connection.grant.external_user_id

    door.post("tokens/revoke", platform="meta", user_id=person, mode="app_removed")

    assert _arrives("meta/deauthorize")


def _arrives(receiver: str) -> bool:
    """Wait until it is there: the simulator sends beside its own answer."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if Intake.objects.filter(receiver=receiver).exists():
            return True
        time.sleep(0.02)
    return False
