"""Instagram's own login is extended on its own host."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from apps.connections.connectors.interface import Answer, PartnerApp, Request, TokenSet
from apps.connections.connectors.registry import connector_for

APP = PartnerApp("id", "secret", urls={"INSTAGRAM_GRAPH_URL": "https://instagram.test"})
EXTENDED = {"access_token": "IGfresh", "token_type": "bearer", "expires_in": 5183944}
TOO_YOUNG = {"error": {"message": "Error validating access token: Session has expired", "code": 190}}


class OneAnswer:
    """A wire with one answer at its end."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        self._answer = Answer(status, {}, json.dumps(body).encode())
        self.asked: Request | None = None

    async def send(self, request: Request) -> Answer:
        self.asked = request
        return self._answer


@pytest.mark.parametrize(
    ("status", "body", "fresh"), [(200, EXTENDED, ("IGfresh", 5183944)), (400, TOO_YOUNG, None)]
)
def test_a_living_token_is_traded_for_sixty_days(
    status: int, body: dict[str, Any], fresh: tuple[str, float] | None
) -> None:
    wire = OneAnswer(status, body)

    # In a thread of its own: a browser test before this one may have left an event loop in this one.
    with ThreadPoolExecutor(max_workers=1) as thread:
        asked = connector_for("meta").refresh(APP, wire, TokenSet("IGold"), login="instagram")
        found = thread.submit(asyncio.run, asked).result()

    assert wire.asked
    assert wire.asked.url == "https://instagram.test/refresh_access_token"
    assert (found.tokens and (found.tokens.access_token, found.tokens.expires_in)) == fresh
