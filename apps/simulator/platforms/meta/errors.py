"""Graph API error bodies. Source: Meta's error handling guide and public recordings, seen November 2026."""

import json
import secrets
from typing import Any

from aiohttp import web

USAGE = {"x-app-usage": json.dumps({"call_count": 3, "total_cputime": 1, "total_time": 1})}
TOKEN_ENDS = {
    "expired": (
        463,
        "Error validating access token: Session has expired on Tuesday, 24-Nov-26 01:00:00 PST.",
    ),
    "password_changed": (
        460,
        "Error validating access token: The session has been invalidated because the user changed their password or Facebook has changed the session for security reasons.",
    ),
    "app_removed": (458, "Error validating access token: The user has not authorized application 1."),
    "revoked": (
        466,
        "Error validating access token: The session was invalidated explicitly using an API call.",
    ),
    "checkpoint": (
        459,
        "Error validating access token: The user is enrolled in a blocking, logged-in checkpoint.",
    ),
}


def refuse(
    code: int,
    message: str,
    *,
    status: int = 400,
    subcode: int | None = None,
    kind: str = "OAuthException",
    transient: bool = False,
) -> web.Response:
    """Return a Graph API error."""
    trace = secrets.token_urlsafe(8)
    error: dict[str, Any] = {"message": message, "type": kind, "code": code, "fbtrace_id": trace}
    if subcode is not None:
        error["error_subcode"] = subcode
    if transient:
        error["is_transient"] = True
    return web.json_response({"error": error}, status=status, headers={"x-fb-trace-id": trace})


def dead_token(state: str) -> web.Response:
    """Return what a token that ended is answered."""
    if state not in TOKEN_ENDS:
        return refuse(190, "Invalid OAuth access token - Cannot parse access token")
    subcode, message = TOKEN_ENDS[state]
    return refuse(190, message, subcode=subcode)


def missing_object(node: str) -> web.Response:
    """Return what an unknown id is answered."""
    return refuse(
        100,
        f"Unsupported get request. Object with ID '{node}' does not exist, cannot be loaded due to missing permissions, or does not support this operation",
        subcode=33,
        kind="GraphMethodException",
    )
