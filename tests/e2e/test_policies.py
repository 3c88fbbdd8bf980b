"""The pages work under the content policies that they are sent with: a browser counts the violations."""

from collections.abc import Sequence
from typing import Any

import pytest
from django.db import transaction
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from apps.connections.lanes import lane_of
from apps.connections.models import Connection
from apps.core import clock
from apps.core.ids import uuid7
from apps.errors.classifier import classify_partner_error
from apps.publishing.actions.send import send
from apps.publishing.written import Written
from apps.recovery.actions import operate
from apps.recovery.actions.auto_pause import auto_pause
from apps.recovery.filters import check
from apps.recovery.operations.slices import advance
from apps.tenants.models import User
from tests import axe
from tests.browsers import signed_in
from tests.make import make_connection, make_letter, make_publish, make_tenant
from tests.simulator import Simulator


@pytest.fixture
def acme(committed: None, simulator: Simulator) -> Connection:
    """A tenant with one waiting post."""
    tenant, _ = make_tenant()
    connection = make_connection(tenant, simulator.account("meta", "page"))
    make_publish(connection)
    return connection


@pytest.fixture
def olga(acme: Connection, browser: Browser, live_server: Any) -> Any:
    """A browser of the operations staff."""
    User.objects.create_superuser("olga@reknit.test", "secret-of-olga")
    with browser.new_context() as context:
        take_session(context, "olga@reknit.test", live_server.url)
        yield context


def take_session(context: BrowserContext, email: str, site: str) -> None:
    """Sign the browser in."""
    cookie = signed_in(email).cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": site}])


def listen(page: Page, site: str) -> list[str]:
    """Return what the browser has to say against the pages that are opened in it; it grows."""
    heard: list[str] = []
    page.on(
        "console",
        lambda message: (
            heard.append(f"{message.text} {message.location}") if _counts(message, site) else None
        ),
    )
    page.on("pageerror", lambda error: heard.append(str(error)))
    return heard


def complaints(page: Page, url: str) -> list[str]:
    """Open the page and return what the browser had to say against it."""
    heard = listen(page, "/".join(url.split("/")[:3]))
    page.goto(url)
    return heard


def _counts(message: ConsoleMessage, site: str) -> bool:
    """A partner's page is not ours, and who leaves a page breaks off what it was asking."""
    ours = not message.location.get("url") or message.location["url"].startswith(site)
    left = message.text.startswith(("htmx:sendAbort", "htmx:afterRequest"))
    return message.type == "error" and ours and not left


def walk(context: BrowserContext, site: str, paths: Sequence[str]) -> dict[str, list[str]]:
    """
    Open each page and return, by page, what the browser, axe and the width of the window have against it.

    All in one tab: a tab is a process, and to start one takes longer than most pages.
    """
    found = {}
    page = context.new_page()
    heard = listen(page, "/".join(site.split("/")[:3]))
    for path in paths:
        page.goto(f"{site}{path}")
        against = axe.findings(page)
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            against.append("wider than the window")
        found[path] = [*against, *heard]
        heard.clear()
    page.close()
    return {path: said for path, said in found.items() if said}


CONSOLE = (
    "",
    "incidents/",
    "jobs/job/",
    "jobs/deadletter/",
    "recovery/operation/",
    "connections/connection/",
    "tenants/tenant/",
    "tenants/user/",
    "notifications/channel/add/",
    "flags/",
)


def test_the_console_keeps_its_policy_and_can_be_used_by_everybody(
    acme: Connection, olga: BrowserContext, live_server: Any
) -> None:
    paths = (*CONSOLE, f"connections/connection/{acme.pk}/change/")

    assert walk(olga, f"{live_server.url}/admin/", paths) == {}


def test_an_operations_bar_moves_by_itself_and_keeps_the_policy(
    acme: Connection, olga: BrowserContext, live_server: Any
) -> None:
    make_letter(acme.tenant, lane=lane_of(acme), kind="delete", args={"remote_id": "7"})
    operation, _ = operate.start(check("replay", {}, {}), tenant=None, actor="staff:olga", at=clock.now())
    page = olga.new_page()
    heard = complaints(page, f"{live_server.url}/admin/operations/{operation.pk}/")
    assert page.get_by_text("0 of 1 done").is_visible()

    while advance(operation.pk, at=clock.now()):
        pass

    page.get_by_text("1 of 1 done").wait_for()
    assert heard == []


LONG = "مقهى الميناء القديم " + "Quay " * 50


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_tenant_pages_keep_the_strict_policy_and_can_be_used_by_everybody(
    scheme: Any, width: int, acme: Connection, simulator: Simulator, browser: Browser, live_server: Any
) -> None:
    seeded = simulator.account("meta", "page")
    stopped = make_connection(acme.tenant, seeded, name=LONG[:300])
    with transaction.atomic():
        auto_pause(stopped, classify_partner_error("meta", 400, {"error": {"code": 190}}), at=clock.now())
    written = {"post_id": uuid7(), "written": Written(text=LONG), "connections": [acme, stopped]}
    alice = User.objects.get(email="alice@acme.test")
    post, _ = send(**written, tenant=acme.tenant_id, author=alice.pk, at=clock.now())
    pages = ("", "posts/", f"posts/{post.pk}/", "compose/", "people/", "notifications/", "connect/")
    more = ("connect/mailchimp-key/", f"connections/{acme.pk}/disconnect/")
    look: Any = {"color_scheme": scheme, "viewport": {"width": width, "height": 844}}
    with browser.new_context(**look) as context:
        take_session(context, "alice@acme.test", live_server.url)

        assert walk(context, f"{live_server.url}/t/acme/", (*pages, *more)) == {}


def test_pages_for_strangers_keep_their_policy_and_can_be_used_by_everybody(
    committed: None, browser: Browser, live_server: Any
) -> None:
    with browser.new_context() as context:
        assert walk(context, f"{live_server.url}/", ("sign-in/", "password/", "admin/login/")) == {}
