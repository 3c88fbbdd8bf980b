"""Google's error bodies. Source: google.rpc.Status, the v4 reference and public recordings, seen November 2026."""

from typing import Any

from aiohttp import web

_NAMES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
}
_PAGE = "<!DOCTYPE html>\n<html lang=en>\n<title>Error 404 (Not Found)!!1</title>\n<p><b>404.</b> <ins>That is an error.</ins>"


def refuse(status: int, message: str, *, details: list[dict[str, Any]] | None = None) -> web.Response:
    """Return a google.rpc.Status."""
    error: dict[str, Any] = {"code": status, "message": message, "status": _NAMES[status]}
    if details:
        error["details"] = details
    return web.json_response({"error": error}, status=status)


def invalid_field(field: str, message: str, code: int) -> web.Response:
    """Return what a wrong field of a local post is answered."""
    detail = {
        "@type": "type.googleapis.com/google.mybusiness.v4.ValidationError",
        "errorDetails": [{"code": code, "field": field, "message": message}],
    }
    return refuse(400, "Request contains an invalid argument.", details=[detail])


def front_end_404() -> web.Response:
    """Return the page that a path gets which no service knows."""
    return web.Response(text=_PAGE, status=404, content_type="text/html")


def oauth(status: int, error: str, description: str) -> web.Response:
    """Return an error of the token endpoint."""
    return web.json_response({"error": error, "error_description": description}, status=status)
