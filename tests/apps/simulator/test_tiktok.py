"""TikTok's traps bite: the simulator refuses what TikTok refuses."""

import base64
import hashlib
import json
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import Request, urlopen

import pytest

from apps.simulator.platforms.tiktok.routes import TRAPS
from tests import consent
from tests.simulator import Simulator

SOURCE = {"source": "FILE_UPLOAD", "video_size": 1000, "chunk_size": 1000, "total_chunk_count": 1}


class TikTok:
    """A creator."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.seeded = simulator.account("tiktok", "creator")

    def ask(self, path: str, body: Any = None, *, form: dict[str, str] | None = None) -> tuple[int, Any]:
        """Return status and body."""
        data = urlencode(form).encode() if form else json.dumps(body or {}).encode()
        kind = "application/x-www-form-urlencoded" if form else "application/json"
        headers = {"Authorization": f"Bearer {self.seeded['access_token']}", "Content-Type": kind}
        return self.open(
            Request(f"{self.simulator.urls['TIKTOK_API_URL']}/v2/{path}", data, headers, method="POST")
        )

    def open(self, request: Request) -> tuple[int, Any]:
        """Return status and body."""
        try:
            with urlopen(request, timeout=10) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except HTTPError as refused:
            body = refused.read()
            return refused.code, json.loads(body) if body.startswith(b"{") else body.decode()

    def init(self, *, asked: bool = True, privacy: str = "SELF_ONLY", **source: Any) -> tuple[int, Any]:
        """Begin a post."""
        if asked:
            self.ask("post/publish/creator_info/query/")
        post = {
            "post_info": {"title": "Autumn", "privacy_level": privacy},
            "source_info": {**SOURCE, **source},
        }
        return self.ask("post/publish/video/init/", post)

    def consent(self, **query: str) -> str:
        """Allow everything; return the code."""
        asked = {
            "client_key": self.simulator.settings["TIKTOK_CLIENT_ID"],
            "scope": "user.info.basic,video.publish",
            "response_type": "code",
            "redirect_uri": "https://reknit.test/back",
            **query,
        }
        page = f"{self.simulator.urls['TIKTOK_WWW_URL']}/v2/auth/authorize/?{urlencode(asked)}"
        return parse_qs(urlsplit(consent.answer(page, user=self.seeded["user_id"])).query)["code"][0]

    def token(self, **form: str) -> tuple[int, Any]:
        """Ask the token endpoint."""
        ours = self.simulator.settings
        return self.ask(
            "oauth/token/",
            form={
                "client_key": ours["TIKTOK_CLIENT_ID"],
                "client_secret": ours["TIKTOK_CLIENT_SECRET"],
                **form,
            },
        )


@pytest.fixture
def tiktok(simulator: Simulator) -> TikTok:
    """A caller."""
    return TikTok(simulator)


def slash_missing(tiktok: TikTok) -> bool:
    return tiktok.ask("post/publish/video/init") == (404, "Unsupported path(Janus)")


def chunk_count(tiktok: TikTok) -> bool:
    return tiktok.init(total_chunk_count=2)[1]["error"]["message"] == "The total chunk count is invalid"


def chunk_size(tiktok: TikTok) -> bool:
    return (
        tiktok.init(chunk_size=500, total_chunk_count=2)[1]["error"]["message"] == "The chunk size is invalid"
    )


def creator_not_asked(tiktok: TikTok) -> bool:
    return tiktok.init(asked=False)[0] == 400


def privacy_stale(tiktok: TikTok) -> bool:
    return tiktok.init(privacy="FOLLOWER_OF_CREATOR")[1]["error"]["code"] == "privacy_level_option_mismatch"


def range_wrong(tiktok: TikTok) -> bool:
    url = tiktok.init()[1]["data"]["upload_url"]
    headers = {"Content-Type": "video/mp4", "Content-Range": "bytes 500-999/1000"}
    return (
        tiktok.open(Request(url, b"x" * 500, headers, method="PUT"))[0] == 416
        and not tiktok.simulator.ledger()
    )


def png_photo(tiktok: TikTok) -> bool:
    tiktok.ask("post/publish/creator_info/query/")
    source = {"photo_images": ["http://127.0.0.1:9/a.png"]}
    post = {"post_info": {"privacy_level": "SELF_ONLY"}, "source_info": source, "media_type": "PHOTO"}
    publish_id = tiktok.ask("post/publish/content/init/", post)[1]["data"]["publish_id"]
    state = tiktok.ask("post/publish/status/fetch/", {"publish_id": publish_id})[1]["data"]
    return (state["status"], state["fail_reason"]) == ("FAILED", "photo_pull_failed")


def fields_missing(tiktok: TikTok) -> bool:
    return tiktok.ask("video/list/")[0] == 400


def refresh_rotates(tiktok: TikTok) -> bool:
    answers = [
        tiktok.token(grant_type="refresh_token", refresh_token=tiktok.seeded["refresh_token"])
        for _ in range(2)
    ]
    return "access_token" in answers[0][1] and answers[1][1]["error"] == "invalid_grant"


def challenge_in_hex(tiktok: TikTok) -> bool:
    verifier = "v" * 43
    digest = hashlib.sha256(verifier.encode())
    forms = (digest.hexdigest(), base64.urlsafe_b64encode(digest.digest()).decode().rstrip("="))
    answers = [
        tiktok.token(
            grant_type="authorization_code",
            code=tiktok.consent(code_challenge=form),
            redirect_uri="https://reknit.test/back",
            code_verifier=verifier,
        )[1]
        for form in forms
    ]
    return "access_token" in answers[0] and answers[1]["error"] == "invalid_request"


def oauth_error_200(tiktok: TikTok) -> bool:
    status, answer = tiktok.token(client_secret="wrong", grant_type="refresh_token")
    return (status, answer["error"]) == (200, "invalid_client")


@pytest.mark.parametrize("trap", sorted(TRAPS))
def test_trap_bites(trap: str, tiktok: TikTok) -> None:
    assert globals()[trap](tiktok)
