"""The pages work under the content policies that they are sent with: a browser counts the violations."""

from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from apps.connections.lanes import lane_of
from apps.connections.models import Connection
from apps.core import clock
from apps.recovery.actions import operate
from apps.recovery.filters import check
from apps.recovery.operations.slices import advance
from apps.tenants.models import User
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


def complaints(page: Page, url: str) -> list[str]:
    """Open the page and return what the browser had to say against it."""
    heard: list[str] = []
    page.on(
        "console",
        lambda message: (
            heard.append(f"{message.text} {message.location}") if message.type == "error" else None
        ),
    )
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.goto(url)
    page.wait_for_load_state("networkidle")
    return heard


@pytest.mark.parametrize(
    "path",
    [
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
    ],
)
def test_the_console_keeps_its_policy(path: str, olga: BrowserContext, live_server: Any) -> None:
    assert complaints(olga.new_page(), f"{live_server.url}/admin/{path}") == []


def test_a_form_of_the_console_keeps_its_policy(
    acme: Connection, olga: BrowserContext, live_server: Any
) -> None:
    url = f"{live_server.url}/admin/connections/connection/{acme.pk}/change/"

    assert complaints(olga.new_page(), url) == []


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


@pytest.mark.parametrize(
    "path",
    [
        "t/acme/",
        "t/acme/people/",
        "t/acme/notifications/",
        "t/acme/connect/",
        "t/acme/connect/mailchimp-key/",
    ],
)
def test_tenant_pages_keep_the_strict_policy(
    path: str, acme: Connection, browser: Browser, live_server: Any
) -> None:
    with browser.new_context() as context:
        take_session(context, "alice@acme.test", live_server.url)

        assert complaints(context.new_page(), f"{live_server.url}/{path}") == []


@pytest.mark.parametrize("path", ["sign-in/", "password/", "admin/login/"])
def test_pages_for_strangers_keep_their_policy(
    path: str, committed: None, browser: Browser, live_server: Any
) -> None:
    with browser.new_context() as context:
        assert complaints(context.new_page(), f"{live_server.url}/{path}") == []
