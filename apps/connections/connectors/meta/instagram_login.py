"""Instagram's own login, without a page: its tokens are extended on a host of their own."""

from apps.connections.connectors.base import failure, seconds
from apps.connections.connectors.interface import Exchanged, PartnerApp, Request, TokenSet, Wire
from apps.connections.connectors.meta.answers import PLATFORM, succeeded

LOGIN = "instagram"  # the grant's word for it


async def extend(app: PartnerApp, wire: Wire, token: str) -> Exchanged:
    """Trade a living token that is a day old for one of 60 days."""
    answer = await wire.send(
        Request(
            "GET",
            f"{app.urls['INSTAGRAM_GRAPH_URL']}/refresh_access_token",
            params={"grant_type": "ig_refresh_token", "access_token": token},
            budget="read",
        )
    )
    fresh = answer.value("access_token")
    if not succeeded(answer) or not fresh:
        return Exchanged(failure=failure(PLATFORM, answer, operation="refresh"))
    return Exchanged(TokenSet(str(fresh), expires_in=seconds(answer.value("expires_in"))))
