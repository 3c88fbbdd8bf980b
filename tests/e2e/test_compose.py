"""Alice writes a post in a real browser: she is answered while she types, allows what is missing, and sends it once."""

import io
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from apps.connections.models import Connection, Credential
from apps.jobs.models import Job
from apps.jobs.pump import Pump
from tests import axe
from tests.e2e.test_policies import complaints, take_session
from tests.make import make_connection, make_tenant
from tests.simulator import Simulator
from tests.turning import turning

ARABIC = ("مقهى الميناء " * 30)[:300]


@pytest.fixture
def cafe(pump: Pump, simulator: Simulator, live_server: Any, settings: Any) -> Connection:
    """Acme's page, which may not post yet, and its member at LinkedIn with a name that fills a page."""
    settings.PUBLIC_URL = live_server.url
    policy = settings.CONTENT_SECURITY_POLICY
    partners = {**policy["DIRECTIVES"], "form-action": ["'self'", simulator.urls["META_WWW_URL"]]}
    settings.CONTENT_SECURITY_POLICY = {**policy, "DIRECTIVES": partners}
    tenant, _ = make_tenant()
    seeded = simulator.account("meta", "page", name="Harbour Cafe")
    cafe = make_connection(tenant, seeded, name="Harbour Cafe")
    Credential.objects.filter(grant=cafe.grant, connection=None).update(
        scopes=["pages_show_list", "pages_read_engagement"]
    )
    member = simulator.account("linkedin", "member")
    make_connection(tenant, member, platform="linkedin", kind="member", name=ARABIC)
    return cafe


def picture() -> dict[str, Any]:
    """A small JPEG."""
    file = io.BytesIO()
    Image.new("RGB", (600, 600), "#4046c8").save(file, "JPEG")
    return {"name": "menu.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}


def write(page: Page) -> None:
    """Write too much, shorten it, and add a picture."""
    page.get_by_label("Text").fill("x" * 3001)
    page.get_by_role("checkbox", name="مقهى").check()
    page.locator("#why-text").get_by_text("Shorten this by 1.").wait_for()
    page.get_by_label("Text").fill("سمك اليوم")
    page.locator("#why-text").get_by_text("Shorten this by 1.").wait_for(state="detached")
    page.get_by_label("Add pictures or films").set_input_files([picture()])
    page.get_by_text("menu.jpg").wait_for()
    page.get_by_text("Goes out as a picture post.").wait_for()


def allow(page: Page, cafe: Connection) -> None:
    """Look at what is missing, stay, and then go and allow it."""
    page.get_by_role("checkbox", name="Harbour Cafe").check()
    ask = page.get_by_role("button", name="Reconnect to enable: Harbour Cafe on Facebook")
    ask.click()
    page.get_by_role("heading", name="Picture posts need this permission: post on your Page").wait_for()
    page.keyboard.press("Escape")
    assert ask.evaluate("one => one === document.activeElement")
    ask.click()
    page.get_by_role("button", name="Reconnect Facebook").click()
    page.locator("select").select_option(cafe.grant.external_user_id)
    page.get_by_role("button", name="Allow").click()


def test_a_post_is_written_allowed_and_sent_once(
    cafe: Connection, pump: Pump, simulator: Simulator, browser: Browser, live_server: Any
) -> None:
    viewport: Any = {"width": 390, "height": 844}
    with browser.new_context(viewport=viewport) as context, turning(pump):
        take_session(context, "alice@acme.test", live_server.url)
        page = context.new_page()
        heard = complaints(page, f"{live_server.url}/t/acme/compose/")

        write(page)
        allow(page, cafe)
        page.get_by_text("What you wrote is still here.").wait_for()
        heard += axe.findings(page)
        page.get_by_role("button", name="Publish").dblclick()
        page.get_by_role("heading", name="Published", exact=True).wait_for()
        wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")

    assert (heard, wide) == ([], False)
    assert Job.objects.across_tenants().filter(kind="publish").count() == 2
    assert [row["text"] for row in simulator.ledger(cafe.external_id)] == ["سمك اليوم"]
