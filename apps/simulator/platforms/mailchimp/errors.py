"""Problem documents as Mailchimp sends them. Source: its error glossary and recorded fixtures, seen November 2026."""

import uuid

from aiohttp import web

GLOSSARY = "https://mailchimp.com/developer/marketing/docs/errors/"


def refuse(
    status: int, title: str, detail: str, *, fields: list[dict[str, str]] | None = None
) -> web.Response:
    """Return a problem document."""
    instance = str(uuid.uuid4())
    body: dict[str, object] = {
        "type": GLOSSARY,
        "title": title,
        "status": status,
        "detail": detail,
        "instance": instance,
    }
    if fields:
        body["errors"] = fields
    return web.json_response(
        body, status=status, content_type="application/problem+json", headers={"X-Request-Id": instance}
    )


def bad_key() -> web.Response:
    """Return what a dead token, a wrong key and a wrong data centre are all answered."""
    return refuse(
        401,
        "API Key Invalid",
        "Your API key may be invalid, or you've attempted to access the wrong datacenter.",
    )


def not_found() -> web.Response:
    """Return what an unknown object is answered."""
    return refuse(404, "Resource Not Found", "The requested resource could not be found.")
