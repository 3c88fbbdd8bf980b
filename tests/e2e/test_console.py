"""The console in a real browser: no violation, nothing wider than a phone, and Home keeps itself true."""

from contextlib import suppress
from typing import Any

import pytest
from django.db import transaction
from playwright.sync_api import Browser, BrowserContext, Page
from playwright.sync_api import TimeoutError as TookTooLong

from apps.connections.models import Connection
from apps.core import clock
from apps.errors.classifier import classify_partner_error
from apps.recovery.actions.auto_pause import auto_pause
from apps.tenants.models import User
from tests.e2e.test_policies import take_session, walk
from tests.make import make_connection, make_job, make_letter, make_publish, make_tenant
from tests.scripted import Script, unknown
from tests.simulator import Simulator

LONG = "مقهى الميناء القديم " + "Quay " * 50
# Each sort of page once; the lists have one template, and are walked on a desk as well (test_policies).
PAGES = (
    "",
    "paused/",
    "letters/",
    "questions/",
    "find/?q=quay",
    "runbooks/auth-invalid/",
    "jobs/job/",
    "operations/plan/?kind=replay&code=PARTNER_5XX",
)


@pytest.fixture
def cafe(pump: Any, script: Script, simulator: Simulator) -> Connection:
    """A stopped account with names that fill a page, a question and a dead letter."""
    tenant, _ = make_tenant(LONG[:200])
    cafe = make_connection(tenant, simulator.account("meta", "page"), name=LONG[:300])
    script.answers = [unknown()]
    make_job(tenant, args={"blind": True})
    pump.drain()
    make_publish(cafe)
    make_letter(tenant)
    dead = classify_partner_error("meta", 400, {"error": {"code": 190, "message": "x" * 300}})
    with transaction.atomic():
        auto_pause(cafe, dead, at=clock.now())
    return cafe


@pytest.fixture
def olga(cafe: Connection, browser: Browser, live_server: Any) -> Any:
    """A browser of the operations staff, as wide as a phone, in the dark."""
    User.objects.create_superuser("olga@reknit.test", "secret-of-olga")
    with browser.new_context(viewport={"width": 390, "height": 844}, color_scheme="dark") as context:
        take_session(context, "olga@reknit.test", live_server.url)
        yield context


def test_pages_keep_the_policy_fit_a_phone_and_can_be_used_in_the_dark(
    cafe: Connection, olga: BrowserContext, live_server: Any
) -> None:
    found = walk(olga, f"{live_server.url}/admin/", (*PAGES, f"connection/{cafe.pk}/"))

    assert found == {}


ROUND = 11_000  # milliseconds: a little more than Home waits between two questions


def open_home(olga: BrowserContext, site: str) -> Page:
    """Open Home with a clock that the test turns on."""
    page = olga.new_page()
    page.clock.install()
    page.goto(f"{site}/admin/")
    page.get_by_role("heading", name="Dead letters").wait_for()
    return page


def test_home_shows_by_itself_what_changes_and_is_else_told_that_nothing_did(
    cafe: Connection, olga: BrowserContext, live_server: Any
) -> None:
    page = open_home(olga, live_server.url)
    with page.expect_response("**/admin/now/") as same:
        page.clock.run_for(ROUND)

    make_letter(cafe.tenant, kind="delete")
    with page.expect_response("**/admin/now/") as other:
        page.clock.run_for(ROUND)

    assert (same.value.status, other.value.status) == (304, 200)
    page.locator(".need", has_text="Dead letters").locator(".count", has_text="2").wait_for()


def test_home_waits_longer_after_trouble_and_says_so(olga: BrowserContext, live_server: Any) -> None:
    page = open_home(olga, live_server.url)
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url) if one.url.endswith("/now/") else None)
    page.route("**/admin/now/", lambda route: route.fulfill(status=500, body=""))
    trouble = page.get_by_text("This page could not be refreshed.")

    page.clock.run_for(ROUND)
    trouble.wait_for()
    page.clock.run_for(ROUND)
    soon = len(asked)
    page.unroute("**/admin/now/")
    for _ in range(5):  # a server that is slow for once is trouble as well
        page.clock.run_for(2 * ROUND)
        with suppress(TookTooLong):
            trouble.wait_for(state="hidden", timeout=6_000)
            break

    assert (soon, trouble.is_hidden(), len(asked) > 1) == (1, True, True)


def test_home_asks_nothing_while_nobody_looks_and_at_once_when_somebody_does(
    olga: BrowserContext, live_server: Any
) -> None:
    page = open_home(olga, live_server.url)
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url) if one.url.endswith("/now/") else None)
    look = "away => { Object.defineProperty(document, 'hidden', { value: away, configurable: true });"
    look += " document.dispatchEvent(new Event('visibilitychange')); }"

    page.evaluate(look, True)
    page.clock.run_for(10 * ROUND)
    away = len(asked)
    with page.expect_response("**/admin/now/"):
        page.evaluate(look, False)

    assert (away, len(asked)) == (0, 1)
