"""Alice names her product's address in a real browser, proves it with a test, and sees what it answered."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from standardwebhooks.webhooks import Webhook

from apps.jobs.pump import Pump
from apps.webhooks.models import Endpoint
from tests import axe
from tests.e2e.test_policies import complaints, take_session
from tests.hooks import happen
from tests.make import make_tenant
from tests.receivers import Receiver, Say, serving
from tests.turning import turning


@pytest.fixture
def shop(settings: Any) -> Iterator[Receiver]:
    """Acme's own product, on a machine that may call itself."""
    settings.EGRESS_LOOPBACK = True
    with serving(Receiver()) as server:
        yield server


def picture(page: Page, name: str) -> None:
    """Keep a picture where somebody asked for one."""
    if folder := os.environ.get("REKNIT_PICTURES"):
        width = page.evaluate("innerWidth")
        page.screenshot(path=str(Path(folder) / f"webhooks-{name}-{width}.png"), full_page=True)


def add(page: Page, url: str) -> str:
    """Name an address inside, read why not, name the right one; return the secret."""
    page.get_by_role("link", name="Add a webhook").click()
    page.get_by_label("Address").fill("https://169.254.169.254/")
    page.get_by_label("What is it for?").fill("Our shop")
    picture(page, "add")
    page.get_by_role("checkbox", name="Everything that happens").uncheck()
    page.get_by_role("checkbox", name="Accounts: connected").check()
    page.get_by_role("button", name="Add the webhook").click()
    page.get_by_text("This is not an address of the public internet.").wait_for()
    picture(page, "refused")
    assert axe.findings(page) == []
    page.get_by_label("Address").fill(url)
    page.get_by_role("button", name="Add the webhook").click()
    secret = page.get_by_role("textbox", name="The secret").input_value()
    picture(page, "secret")
    return secret


def test_a_webhook_is_added_tested_and_looked_at(
    shop: Receiver, pump: Pump, browser: Browser, live_server: Any
) -> None:
    tenant, _ = make_tenant()
    scheme: Any = os.environ.get("REKNIT_SCHEME", "dark")
    width = int(os.environ.get("REKNIT_WIDTH", "390"))
    with browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 844}) as context:
        take_session(context, "alice@acme.test", live_server.url)
        page = context.new_page()
        heard = complaints(page, f"{live_server.url}/t/acme/webhooks/")
        picture(page, "empty")
        secret = add(page, shop.url)
        happen(tenant, times=2)
        shop.says = [Say(), Say(503, body=b"We are closed.")]
        pump.drain()  # these two take what it says; the test that Alice sends comes after them
        with turning(pump):
            page.get_by_role("button", name="Send a test").click()
            page.get_by_text("Somebody pressed the test button.").wait_for()
            page.locator("li", has_text="test.ping").get_by_text("Delivered").wait_for()
        page.get_by_text("What was sent").first.click()
        heard += axe.findings(page)
        wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        picture(page, "one")
        page.get_by_role("button", name="Pause").click()
        page.get_by_role("button", name="Resume").wait_for()
        picture(page, "paused")
        page.get_by_role("link", name="All webhooks").click()
        page.get_by_role("link", name="Our shop").wait_for()
        picture(page, "list")

    taken = next(one for one in shop.taken if b"test.ping" in one.body)
    assert ([one for one in heard if "422" not in one], wide) == ([], False)
    assert Webhook(secret).verify(taken.body.decode(), dict(taken.headers))["type"] == "test.ping"
    assert Endpoint.objects.for_tenant(tenant.pk).get().event_types == ["connection.*"]
