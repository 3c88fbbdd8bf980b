"""Meta's traps bite: the simulator refuses what Meta refuses."""

import json
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from apps.simulator.platforms.meta.routes import TRAPS
from tests.simulator import Simulator

V = "v23.0"


class Meta:
    """A caller with the tokens of one page and its Instagram account."""

    def __init__(self, simulator: Simulator, picture: str) -> None:
        self.simulator, self.picture = simulator, picture
        self.seeded = simulator.account("meta", "instagram", name="cafe")
        self.page, self.instagram = self.seeded["page_id"], self.seeded["account_id"]

    def call(self, method: str, path: str, *, token: str = "", **form: str) -> Any:
        """Return the answer's JSON, refused or not."""
        url = f"{self.simulator.urls['META_GRAPH_URL']}/{V}/{path}"
        headers = {"Authorization": f"Bearer {token or self.seeded['account_token']}"}
        data = urlencode(form).encode() if method == "POST" else None
        try:
            with urlopen(Request(url, data, headers, method=method), timeout=10) as answer:
                return json.load(answer)
        except HTTPError as refused:
            return json.load(refused)

    def container(self) -> str:
        """Return a container; its picture comes from a page that serves JPEG."""
        return str(self.call("POST", f"{self.instagram}/media", image_url=self.picture, caption="x")["id"])


@pytest.fixture
def meta(simulator: Simulator, picture_server: str) -> Meta:
    """A caller."""
    return Meta(simulator, f"{picture_server}/a.jpg")


def _code(answer: Any) -> tuple[int, int | None]:
    return answer["error"]["code"], answer["error"].get("error_subcode")


def user_token_on_page(meta: Meta) -> bool:
    return (
        _code(meta.call("POST", f"{meta.page}/feed", token=meta.seeded["access_token"], message="x"))[0]
        == 200
    )


def publish_before_finished(meta: Meta) -> bool:
    meta.simulator.post("processing", platform="meta", seconds=60)
    return _code(meta.call("POST", f"{meta.instagram}/media_publish", creation_id=meta.container())) == (
        9007,
        2207027,
    )


def container_expired(meta: Meta) -> bool:
    container = meta.container()
    meta.simulator.post("clock", advance_s=25 * 3600)
    return _code(meta.call("POST", f"{meta.instagram}/media_publish", creation_id=container)) == (-2, 2207020)


def container_published_twice(meta: Meta) -> bool:
    container = meta.container()
    meta.call("POST", f"{meta.instagram}/media_publish", creation_id=container)
    again = meta.call("POST", f"{meta.instagram}/media_publish", creation_id=container)
    return "error" in again and len(meta.simulator.ledger()) == 1


def code_used_twice(meta: Meta) -> bool:
    asked = {
        "client_id": meta.simulator.settings["META_CLIENT_ID"],
        "client_secret": meta.simulator.settings["META_CLIENT_SECRET"],
    }
    return _code(
        meta.call("POST", "oauth/access_token", **asked, code="used", redirect_uri="http://testserver/")
    ) == (100, 36009)


def png_on_instagram(meta: Meta) -> bool:
    return (
        _code(meta.call("POST", f"{meta.instagram}/media", image_url=meta.picture.replace("jpg", "png")))[0]
        == 9004
    )


def caption_too_long(meta: Meta) -> bool:
    return (
        _code(meta.call("POST", f"{meta.instagram}/media", image_url=meta.picture, caption="x" * 2201))[1]
        == 2207010
    )


def id_without_page(meta: Meta) -> bool:
    post = meta.call("POST", f"{meta.page}/feed", message="x")["id"]
    return _code(meta.call("GET", post.split("_")[1]))[0] == 12


def image_not_reachable(meta: Meta) -> bool:
    return (
        _code(meta.call("POST", f"{meta.instagram}/media", image_url="http://127.0.0.1:9/none.jpg"))[1]
        == 2207052
    )


def reel_not_uploaded(meta: Meta) -> bool:
    film = meta.call("POST", f"{meta.page}/video_reels", upload_phase="start")["video_id"]
    return _code(_finish(meta, film))[0] == 6000


def _finish(meta: Meta, film: str) -> Any:
    return meta.call(
        "POST", f"{meta.page}/video_reels", upload_phase="finish", video_id=film, description=film
    )


def reels_a_day(meta: Meta) -> bool:
    for _ in range(30):
        assert "error" not in _finish(meta, _uploaded(meta))
    return _code(_finish(meta, _uploaded(meta)))[0] == 4


def _uploaded(meta: Meta) -> str:
    place = meta.call("POST", f"{meta.page}/video_reels", upload_phase="start")
    film = meta.picture.replace("jpg", "mp4")
    headers = {"Authorization": f"OAuth {meta.seeded['account_token']}", "file_url": film}
    with urlopen(Request(place["upload_url"], b"", headers, method="POST"), timeout=10) as answer:
        assert json.load(answer) == {"success": True}
    return str(place["video_id"])


def carousel_of_one(meta: Meta) -> bool:
    item = _item(meta)
    return _code(_carousel(meta, item)) == (100, 2207028)


def children_unfinished(meta: Meta) -> bool:
    meta.simulator.post("processing", platform="meta", seconds=60)
    return _code(_carousel(meta, _item(meta), _item(meta))) == (9007, 2207027)


def _item(meta: Meta) -> str:
    form = {"image_url": meta.picture, "is_carousel_item": "true"}
    return str(meta.call("POST", f"{meta.instagram}/media", **form)["id"])


def _carousel(meta: Meta, *items: str) -> Any:
    return meta.call("POST", f"{meta.instagram}/media", media_type="CAROUSEL", children=",".join(items))


def other_login(meta: Meta) -> bool:
    alone = meta.simulator.account("meta", "instagram_alone")
    answer = meta.call("GET", alone["account_id"], token=alone["access_token"])
    return _code(answer) == (190, None)


def extended_too_young(meta: Meta) -> bool:
    alone = meta.simulator.account("meta", "instagram_alone")
    asked = urlencode({"grant_type": "ig_refresh_token", "access_token": alone["access_token"]})
    url = f"{meta.simulator.urls['INSTAGRAM_GRAPH_URL']}/refresh_access_token?{asked}"
    with pytest.raises(HTTPError) as early:
        urlopen(url, timeout=10)
    early.value.close()
    meta.simulator.post("clock", advance_s=86401)
    with urlopen(url, timeout=10) as answer:
        return early.value.code == 400 and "access_token" in json.load(answer)


@pytest.mark.parametrize("trap", sorted(TRAPS))
def test_trap_bites(trap: str, meta: Meta) -> None:
    assert globals()[trap](meta)
