"""The tutorial is walked as it is written: what it tells a person to press is there, and leads to what it promises."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from apps.connections.models import Connection
from apps.jobs.pump import Pump
from apps.tenants.models import User
from config.story.world import PASSWORD, person_of
from tests.make import make_connection, make_publish, make_tenant
from tests.simulator import Simulator
from tests.turning import turning

PAGE = Path(__file__).parents[2] / "docs" / "tutorials" / "first-incident.md"
# A step as the page writes it: where to go, what to type into which field, what to press or choose, what to read.
STEP = re.compile(
    r"[Oo]pen `(?P<open>/[^`]*)`|(?P<typed>`[^`]+`)\s+into\s+\*\*(?P<field>[^*]+)\*\*|[Pp]ress\s+\*\*(?P<press>[^*]+)\*\*"
    r"|[Cc]hoose\s+\*\*(?P<choose>[^*]+)\*\*|“(?P<read>[^”]+)”|!\[[^]]*\]\((?P<picture>[^)]+)\)"
)


@pytest.fixture
def harbour(pump: Pump, simulator: Simulator, live_server: Any, settings: Any) -> Connection:
    """What the demo leaves: a page whose password was changed while posts waited."""
    settings.PUBLIC_URL = live_server.url
    policy = settings.CONTENT_SECURITY_POLICY
    partners = {**policy["DIRECTIVES"], "form-action": ["'self'", simulator.urls["META_WWW_URL"]]}
    settings.CONTENT_SECURITY_POLICY = {**policy, "DIRECTIVES": partners}
    tenant, alice = make_tenant("Harbour Group", "alice@harbour.test")
    alice.set_password(PASSWORD)
    alice.save()
    User.objects.create_superuser("ops@reknit.test", PASSWORD)
    simulator.account("meta", "page", name="Harbour Group 1", user_name=person_of("Harbour Group 1"))
    name = "Harbour Group 6"
    seeded = simulator.account("meta", "page", name=name, user_name=person_of(name))
    connection = make_connection(tenant, seeded, name=name)
    simulator.post(
        "tokens/revoke", platform="meta", user_id=connection.grant.external_user_id, mode="password_changed"
    )
    for number in range(3):
        make_publish(connection, f"Yours to bring back no. {number + 1}")
    pump.drain()
    return connection


def steps() -> Iterator[dict[str, str]]:
    """Return the steps of the numbered part, in order."""
    text = PAGE.read_text().split("## Before you begin")[1].split("## What you have seen")[0]
    for one in STEP.finditer(text):
        yield {name: " ".join(said.split()) for name, said in one.groupdict().items() if said}


@contextmanager
def in_words(step: dict[str, str]) -> Iterator[None]:
    """Name the step that does not work as it is written."""
    try:
        yield
    except Exception as error:
        message = f"the tutorial's step {step} cannot be done"
        raise AssertionError(message) from error


def take(page: Page, step: dict[str, str], site: str, folder: Path) -> None:
    """Do one step as a person would."""
    if "open" in step:
        page.goto(site + step["open"])
    elif "typed" in step:
        page.get_by_label(re.compile(step["field"])).first.fill(step["typed"].strip("`"))
    elif "press" in step:
        words = re.compile(
            rf"(^|\s){re.escape(step['press'])}(\s+[a-z]+_[a-z]+)?\s*$"
        )  # an icon's name may follow
        page.locator("a:visible, button:visible").filter(has_text=words).first.click()
    elif "choose" in step:
        page.locator("select").select_option(label=step["choose"])
    elif "read" in step:
        page.get_by_text(step["read"]).first.wait_for()
    else:
        page.wait_for_load_state("networkidle")
        page.screenshot(path=folder / Path(step["picture"]).name)


def test_the_tutorial_can_be_walked_as_it_is_written(
    harbour: Connection, pump: Pump, simulator: Simulator, browser: Browser, live_server: Any, tmp_path: Path
) -> None:
    folder = PAGE.parents[1] / "images" if os.environ.get("REKNIT_WRITE_SCREENSHOTS") else tmp_path
    done = 0
    with browser.new_context(viewport={"width": 1280, "height": 720}) as context, turning(pump):
        page = context.new_page()
        page.set_default_timeout(10_000)
        for step in steps():
            with in_words(step):
                take(page, step, live_server.url, folder)
            done += 1

    assert done > 20
    assert [row["text"] for row in simulator.ledger(harbour.external_id)] == [
        f"Yours to bring back no. {number}" for number in (1, 2, 3)
    ]
