"""Alice on her way to a partner and back, and what must not have changed meanwhile."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpResponse
from django.test import Client

from apps.connections.models import Connection, Credential, Grant
from apps.core import clock
from apps.errors.classifier import classify_partner_error
from apps.jobs.models import Hold
from apps.recovery.actions.auto_pause import auto_pause
from apps.recovery.reconnect import generate_reconnect_url
from tests import consent
from tests.browsers import signed_in
from tests.make import make_connection, make_tenant
from tests.simulator import Simulator

INSTAGRAM = "instagram"  # a login of its own at Meta, for accounts without a page
KINDS = {
    "meta": "page",
    "linkedin": "organization",
    "tiktok": "creator",
    "gbp": "location",
    "mailchimp": "audience",
    INSTAGRAM: "instagram_alone",
}
DEAD = classify_partner_error("meta", 400, {"error": {"code": 190, "error_subcode": 460}})


@dataclass
class Journey:
    """A stopped connection of Acme, its account at the partner, and Alice's browser."""

    platform: str
    simulator: Simulator
    connection: Connection
    account: dict[str, Any]
    browser: Client
    way: str = ""  # the platform, or a login of its own there

    def out(self, **query: str) -> str:
        """Click Reconnect; return the partner's consent page."""
        start = f"{generate_reconnect_url(self.connection)}&{'&'.join(f'{k}={v}' for k, v in query.items())}"
        return str(self.browser.get(start).url)  # type: ignore[attr-defined]

    def answer(self, page: str, *, user: str = "", **more: Any) -> str:
        """Answer the consent page as its owner or as somebody else; return the way back."""
        return back(consent.answer(page, user=user or self.account["user_id"], **more))

    def take(self, **more: Any) -> HttpResponse:
        """Go out, answer, and come back."""
        return self.browser.get(self.answer(self.out(), **more))

    def colleague(self, **more: Any) -> str:
        """Let another person manage the account; a creator at TikTok has no managers but itself, nor has Instagram's login."""
        if self.way in {"tiktok", INSTAGRAM}:
            return str(self.account["user_id"])
        wanted = {"manages": [self.account["account_id"]], "user_name": "Bea Costa", **more}
        return str(self.simulator.post("people", platform=self.platform, **wanted)["user_id"])

    def now(self) -> Connection:
        """Read the connection again."""
        rows = Connection.objects.across_tenants().select_related("grant")
        return rows.get(pk=self.connection.pk)


def begin_journey(simulator: Simulator, way: str, *, stopped: bool = True) -> Journey:
    """Create Acme with one connection, which has stopped."""
    tenant, _ = make_tenant()
    platform, kind = ("meta", "instagram") if way == INSTAGRAM else (way, KINDS[way])
    account = simulator.account(platform, KINDS[way], name="Harbour Cafe")
    login = "instagram" if way == INSTAGRAM else ""
    connection = make_connection(tenant, account, platform=platform, kind=kind, login=login)
    if stopped:
        auto_pause(connection, DEAD, at=clock.now())
    return Journey(platform, simulator, connection, account, signed_in("alice@acme.test"), way)


def back(location: str) -> str:
    """Return our own path of the partner's redirect."""
    parts = urlsplit(location)
    return f"{parts.path}?{parts.query}"


def digest() -> list[list[Any]]:
    """Return everything that a failed sign-in must leave alone."""
    rows: list[Any] = [
        Connection.objects.across_tenants(),
        Grant.objects.across_tenants(),
        Credential.objects.all(),
        Hold.objects.all(),
    ]
    return [list(one.order_by("pk").values()) for one in rows]
