"""Mailchimp's traps bite: the simulator refuses what Mailchimp refuses."""

import json
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from apps.simulator.platforms.mailchimp.routes import TRAPS
from tests.simulator import Simulator

SETTINGS = {"subject_line": "Autumn", "from_name": "Cafe", "reply_to": "a@cafe.test", "title": "t"}


class Mailchimp:
    """A caller with an account in us6."""

    def __init__(self, simulator: Simulator, **account: Any) -> None:
        self.simulator = simulator
        self.seeded = simulator.account("mailchimp", "audience", **account)

    def call(self, method: str, path: str, body: Any = None, *, dc: str = "us6") -> tuple[int, Any]:
        """Return status and JSON; the data centre is the host's name."""
        base = self.simulator.urls["MAILCHIMP_API_URL"].replace("{dc}.localhost", "127.0.0.1")
        headers = {
            "Authorization": f"Bearer {self.seeded['access_token']}",
            "Host": f"{dc}.localhost",
            "Content-Type": "application/json",
        }
        data = json.dumps(body).encode() if body is not None else None
        return self._open(Request(f"{base}/3.0/{path}", data, headers, method=method))

    def campaign(self, *, content: bool = True, **settings: str) -> tuple[int, Any]:
        """Create a campaign."""
        body = {
            "type": "regular",
            "recipients": {"list_id": self.seeded["account_id"]},
            "settings": {**SETTINGS, **settings},
        }
        status, made = self.call("POST", "campaigns", body)
        if content and status == 200:
            self.call("PUT", f"campaigns/{made['id']}/content", {"html": "<p>x</p>"})
        return status, made

    def _open(self, request: Request) -> tuple[int, Any]:
        try:
            with urlopen(request, timeout=10) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except HTTPError as refused:
            return refused.code, json.load(refused)


@pytest.fixture
def mailchimp(simulator: Simulator) -> Mailchimp:
    """A caller."""
    return Mailchimp(simulator)


def wrong_data_centre(mailchimp: Mailchimp) -> bool:
    return mailchimp.call("GET", "ping", dc="us1")[0] == 401 and mailchimp.call("GET", "ping")[0] == 200


def second_send(mailchimp: Mailchimp) -> bool:
    _, made = mailchimp.campaign()
    answers = [mailchimp.call("POST", f"campaigns/{made['id']}/actions/send")[0] for _ in range(2)]
    return answers == [204, 400] and len(mailchimp.simulator.ledger()) == 1


def send_without_content(mailchimp: Mailchimp) -> bool:
    _, made = mailchimp.campaign(content=False)
    return (
        mailchimp.call("POST", f"campaigns/{made['id']}/actions/send")[1]["detail"]
        == "Your Campaign is not ready to send."
    )


def dead_token_metadata(mailchimp: Mailchimp) -> bool:
    mailchimp.simulator.post("tokens/revoke", platform="mailchimp", user_id=mailchimp.seeded["user_id"])
    url = f"{mailchimp.simulator.urls['MAILCHIMP_LOGIN_URL']}/oauth2/metadata"
    return mailchimp._open(
        Request(url, headers={"Authorization": f"OAuth {mailchimp.seeded['access_token']}"})
    ) == (200, {"error": "invalid_token"})


def role_too_low(mailchimp: Mailchimp) -> bool:
    viewer = Mailchimp(mailchimp.simulator, role="viewer")
    return viewer.campaign()[0] == 403 and viewer.call("GET", "ping")[0] == 200


def key_at_metadata(mailchimp: Mailchimp) -> bool:
    url = f"{mailchimp.simulator.urls['MAILCHIMP_LOGIN_URL']}/oauth2/metadata"
    key = mailchimp.seeded["access_token"] = mailchimp.seeded["api_key"]
    asked = mailchimp._open(Request(url, headers={"Authorization": f"OAuth {key}"}))
    return asked == (200, {"error": "invalid_token"}) and mailchimp.call("GET", "ping")[0] == 200


def blank_subject(mailchimp: Mailchimp) -> bool:
    return mailchimp.campaign(subject_line="")[1]["errors"][0]["field"] == "settings.subject_line"


def foreign_audience(mailchimp: Mailchimp) -> bool:
    mailchimp.seeded["account_id"] = Mailchimp(mailchimp.simulator).seeded["account_id"]
    return mailchimp.campaign()[0] == 400


@pytest.mark.parametrize("trap", sorted(TRAPS))
def test_trap_bites(trap: str, mailchimp: Mailchimp) -> None:
    assert globals()[trap](mailchimp)
