"""LinkedIn's traps bite: the simulator refuses what LinkedIn refuses."""

import json
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest

from apps.simulator.platforms.linkedin.routes import TRAPS
from tests.simulator import Simulator

HEADERS = {
    "LinkedIn-Version": "202610",
    "X-Restli-Protocol-Version": "2.0.0",
    "Content-Type": "application/json",
}


class LinkedIn:
    """A member who administers an organisation."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.seeded = simulator.account("linkedin", "organization", name="Harbour")
        self.author = self.seeded["account_id"]

    def call(self, method: str, path: str, body: Any = None, **headers: str | None) -> tuple[int, Any]:
        """Return status and JSON."""
        carried = {**HEADERS, "Authorization": f"Bearer {self.seeded['access_token']}", **headers}
        sent = {name.replace("_", "-"): value for name, value in carried.items() if value is not None}
        data = json.dumps(body).encode() if body is not None else None
        try:
            with urlopen(
                Request(f"{self.simulator.urls['LINKEDIN_API_URL']}{path}", data, sent, method=method),
                timeout=10,
            ) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except HTTPError as refused:
            return refused.code, json.load(refused)

    def post(
        self, text: str, *, author: str = "", content: Any = None, **headers: str | None
    ) -> tuple[int, Any]:
        """Publish."""
        body = {
            "author": author or self.author,
            "commentary": text,
            "lifecycleState": "PUBLISHED",
            "distribution": {},
            "content": content or {},
        }
        return self.call("POST", "/rest/posts", body, **headers)


@pytest.fixture
def linkedin(simulator: Simulator) -> LinkedIn:
    """A caller."""
    return LinkedIn(simulator)


def version_missing(linkedin: LinkedIn) -> bool:
    return linkedin.post("x", **{"LinkedIn-Version": None})[1]["code"] == "VERSION_MISSING"


def version_sunset(linkedin: LinkedIn) -> bool:
    return linkedin.post("x", **{"LinkedIn-Version": "202401"})[0] == 426


def protocol_missing(linkedin: LinkedIn) -> bool:
    return linkedin.post("x", **{"X-Restli-Protocol-Version": None})[0] == 400


def text_cut(linkedin: LinkedIn) -> bool:
    linkedin.post("Opening (today) at nine")
    return linkedin.simulator.ledger()[0]["text"] == "Opening "


def duplicate(linkedin: LinkedIn) -> bool:
    linkedin.post("x")
    return linkedin.post("x")[1]["errorDetails"]["inputErrors"][0]["code"] == "DUPLICATE_POST"


def member_listing(linkedin: LinkedIn) -> bool:
    person = quote(f"urn:li:person:{linkedin.seeded['user_id']}")
    return linkedin.call("GET", f"/rest/posts?q=author&author={person}")[0] == 400


def image_not_uploaded(linkedin: LinkedIn) -> bool:
    _, place = linkedin.call(
        "POST",
        "/rest/images?action=initializeUpload",
        {"initializeUploadRequest": {"owner": linkedin.author}},
    )
    return (
        linkedin.post("x", content={"media": {"id": place["value"]["image"]}})[1]["code"]
        == "MEDIA_ASSET_WAITING_UPLOAD"
    )


def _film(linkedin: LinkedIn, owner: str = "") -> Any:
    wanted = {"initializeUploadRequest": {"owner": owner or linkedin.author, "fileSizeBytes": 5_000_000}}
    return linkedin.call("POST", "/rest/videos?action=initializeUpload", wanted)[1]["value"]


def film_unfinished(linkedin: LinkedIn) -> bool:
    refused = linkedin.post("x", content={"media": {"id": _film(linkedin)["video"]}})[1]
    return refused["code"] == "MEDIA_ASSET_WAITING_UPLOAD"


def film_parts(linkedin: LinkedIn) -> bool:
    film = _film(linkedin)
    receipt = {"finalizeUploadRequest": {"video": film["video"], "uploadedPartIds": ["made up"]}}
    refused = linkedin.call("POST", "/rest/videos?action=finalizeUpload", receipt)
    return (len(film["uploadInstructions"]), refused[0]) == (2, 400)


def member_film(linkedin: LinkedIn) -> bool:
    film = _film(linkedin, f"urn:li:person:{linkedin.seeded['user_id']}")
    return linkedin.call("GET", f"/rest/videos/{quote(film['video'])}")[0] == 403


def foreign_author(linkedin: LinkedIn) -> bool:
    other = linkedin.simulator.account("linkedin", "organization", name="Globex")
    return linkedin.post("x", author=other["account_id"])[0] == 403


@pytest.mark.parametrize("trap", sorted(TRAPS))
def test_trap_bites(trap: str, linkedin: LinkedIn) -> None:
    assert globals()[trap](linkedin)
