"""LinkedIn's error bodies. Source: Microsoft Learn's error handling page and public recordings, seen November 2026."""

import secrets

from aiohttp import web

TOKEN_ENDS = {
    "expired": (65602, "EXPIRED_ACCESS_TOKEN", "The token used in the request has expired"),
    "revoked": (65601, "REVOKED_ACCESS_TOKEN", "The token used in the request has been revoked by the user"),
    "app_removed": (
        65601,
        "REVOKED_ACCESS_TOKEN",
        "The token used in the request has been revoked by the user",
    ),
    "password_changed": (
        65601,
        "REVOKED_ACCESS_TOKEN",
        "The token used in the request has been revoked by the user",
    ),
    "restricted": (65608, "RESTRICTED_MEMBER", "The member is restricted"),
}


def refuse(status: int, message: str, *, service: int | None = None, code: str = "") -> web.Response:
    """Return an error of the REST API."""
    body: dict[str, object] = {"status": status, "message": message}
    if service is not None:
        body["serviceErrorCode"] = service
    if code:
        body["code"] = code
    return web.json_response(
        body,
        status=status,
        headers={"x-li-uuid": secrets.token_urlsafe(12), "x-restli-error-response": "true"},
    )


def dead_token(state: str) -> web.Response:
    """Return what a token that ended is answered."""
    service, code, message = TOKEN_ENDS.get(state, (65600, "INVALID_ACCESS_TOKEN", "Invalid access token"))
    return refuse(401, message, service=service, code=code)


def duplicate(urn: str) -> web.Response:
    """Return the refusal that names the post which is there already."""
    message = f"Content is a duplicate of {urn}"
    inner = {
        "description": message,
        "input": {"inputPath": {"fieldPath": "/commentary"}},
        "code": "DUPLICATE_POST",
    }
    body = {
        "errorDetailType": "com.linkedin.common.error.BadRequest",
        "message": message,
        "errorDetails": {"inputErrors": [inner]},
        "status": 422,
    }
    return web.json_response(body, status=422)


def oauth(status: int, error: str, description: str) -> web.Response:
    """Return an error of the token endpoint."""
    return web.json_response({"error": error, "error_description": description}, status=status)
