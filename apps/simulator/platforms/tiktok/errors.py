"""TikTok's envelopes. Source: its error handling pages and public issue threads, seen November 2026."""

import secrets
from typing import Any

from aiohttp import web


def envelope(data: dict[str, Any], *, code: str = "ok", message: str = "", status: int = 200) -> web.Response:
    """Return data with the error object that every answer has, a success too."""
    log = secrets.token_hex(16).upper()
    body = {"data": data, "error": {"code": code, "message": message, "log_id": log}}
    return web.json_response(body, status=status, headers={"x-tt-logid": log})


def refuse(status: int, code: str, message: str) -> web.Response:
    """Return an error."""
    return envelope({}, code=code, message=message, status=status)


def oauth(error: str, description: str) -> web.Response:
    """Return an error of the token endpoint: flat, and under status 200."""
    return web.json_response(
        {"error": error, "error_description": description, "log_id": secrets.token_hex(8)}
    )
