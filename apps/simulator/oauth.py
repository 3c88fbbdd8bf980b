"""The consent screen that every partner shows, in its own way."""

import base64
import hashlib
import html
import secrets
from typing import Any

from aiohttp import web

from apps.simulator.partner import World

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{partner}: allow Reknit?</title>
<style>body{{font:16px/1.5 system-ui;max-width:28rem;margin:3rem auto;padding:0 1rem;color-scheme:light dark}}
button{{font:inherit;padding:.6rem 1.2rem;margin-right:.5rem}}label{{display:block;margin:.3rem 0}}</style>
<h1>{partner}</h1><p>Reknit asks for access to your account.</p>
<form method="post"><label>Signed in as <select name="user">{users}</select></label>{scopes}
<p><button name="decision" value="allow">Allow</button><button name="decision" value="deny">Cancel</button></p></form></html>"""


def page(world: World, platform: str, partner: str, scopes: list[str]) -> web.Response:
    """Return the form: who am I, what do I allow."""
    users = "".join(
        f'<option value="{html.escape(user["id"])}">{html.escape(user["name"])}</option>'
        for user in world.store.all("user", platform)
    )
    boxes = "".join(
        f'<label><input type="checkbox" name="scope:{html.escape(scope)}" value="1" checked> {html.escape(scope)}</label>'
        for scope in scopes
    )
    return web.Response(
        text=_PAGE.format(partner=partner, users=users, scopes=boxes), content_type="text/html"
    )


def allowed(form: Any, scopes: list[str]) -> list[str]:
    """Return the scopes that stayed ticked."""
    return [scope for scope in scopes if form.get(f"scope:{scope}")]


def issue_code(world: World, platform: str, **facts: Any) -> str:
    """Return an authorisation code that works once, for a while."""
    code = secrets.token_urlsafe(24)
    world.store.put(
        "code", code, platform, {"born": world.now(), "used": False, "platform": platform, **facts}
    )
    return code


def verifies(found: dict[str, Any], verifier: str) -> bool:
    """Return True when whoever brings the code is who began: the challenge was made of this verifier."""
    challenge = found.get("challenge", "")
    digest = hashlib.sha256(verifier.encode())
    made = (digest.hexdigest(), base64.urlsafe_b64encode(digest.digest()).decode().rstrip("="))
    return not challenge or challenge == made[found.get("challenge_form") == "base64url"]


def redeem(world: World, code: str, *, redirect_uri: str, lifetime: float) -> dict[str, Any] | None:
    """Return what the code stands for, the first time and in time; else None."""
    found = world.store.get("code", code)
    if (
        not found
        or found["used"]
        or found["redirect_uri"] != redirect_uri
        or world.now() - found["born"] > lifetime
    ):
        return None
    world.store.put("code", code, found["platform"], {**found, "used": True})
    return found
