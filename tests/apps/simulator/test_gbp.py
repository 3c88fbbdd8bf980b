"""Google's traps bite: the simulator refuses what Google refuses."""

import json
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from apps.simulator.platforms.gbp.routes import TRAPS
from tests.simulator import Simulator


class Google:
    """A caller with one location."""

    def __init__(self, simulator: Simulator, **account: Any) -> None:
        self.simulator = simulator
        self.seeded = simulator.account("gbp", "location", **account)
        self.place = (
            f"accounts/{self.seeded['details']['account']}/locations/{self.seeded['account_id']}/localPosts"
        )

    def post(self, path: str = "", **body: Any) -> tuple[int, Any]:
        """Create a local post."""
        wanted = {"topicType": "STANDARD", "summary": "Autumn", **body}
        return self.ask(
            "GBP_V4_URL", f"v4/{path or self.place}", json.dumps(wanted).encode(), "application/json"
        )

    def ask(
        self, host: str, path: str, data: bytes | None = None, kind: str = "application/x-www-form-urlencoded"
    ) -> tuple[int, Any]:
        """Return status and body."""
        headers = {"Authorization": f"Bearer {self.seeded['access_token']}", "Content-Type": kind}
        try:
            with urlopen(Request(f"{self.simulator.urls[host]}/{path}", data, headers), timeout=10) as answer:
                return answer.status, json.load(answer)
        except HTTPError as refused:
            body = refused.read()
            return refused.code, json.loads(body) if body.startswith(b"{") else body.decode()

    def field(self, **body: Any) -> str:
        """Return which field of a post was refused."""
        return str(self.post(**body)[1]["error"]["details"][0]["errorDetails"][0]["field"])


@pytest.fixture
def google(simulator: Simulator) -> Google:
    """A caller."""
    return Google(simulator)


def path_without_account(google: Google) -> bool:
    status, page = google.post(f"locations/{google.seeded['account_id']}/localPosts")
    return status == 404 and page.startswith("<!DOCTYPE html>")


def read_mask_missing(google: Google) -> bool:
    return (
        google.ask("GBP_INFORMATION_URL", f"v1/accounts/{google.seeded['details']['account']}/locations")[0]
        == 400
    )


def topic_missing(google: Google) -> bool:
    return google.field(topicType=None) == "topic_type"


def summary_too_long(google: Google) -> bool:
    return google.field(summary="x" * 1501) == "summary"


def photo_not_reachable(google: Google) -> bool:
    return google.field(media=[{"sourceUrl": "http://127.0.0.1:9/none.jpg"}]).startswith("media")


def unverified_location(google: Google) -> bool:
    return Google(google.simulator, can_post=False).post()[0] == 403


def refresh_brings_no_refresh_token(google: Google) -> bool:
    ours = google.simulator.settings
    form = {
        "client_id": ours["GBP_CLIENT_ID"],
        "client_secret": ours["GBP_CLIENT_SECRET"],
        "grant_type": "refresh_token",
        "refresh_token": google.seeded["refresh_token"],
    }
    status, answer = google.ask("GOOGLE_OAUTH_URL", "token", urlencode(form).encode())
    return status == 200 and "refresh_token" not in answer


@pytest.mark.parametrize("trap", sorted(TRAPS))
def test_trap_bites(trap: str, google: Google) -> None:
    assert globals()[trap](google)
