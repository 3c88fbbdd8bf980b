"""How LinkedIn is called and answers: a success is a 2xx, often without a body."""

import re

from apps.connections.connectors.base import failed_step
from apps.connections.connectors.interface import Answer, Context, PartnerApp, Request, StepResult

PLATFORM = "linkedin"
_RESERVED = re.compile(r"[\\|{}@\[\]()<>#*_~]")


def refused(answer: Answer, *, operation: str, about: str = "") -> StepResult:
    """Return the named failure."""
    return failed_step(PLATFORM, answer, operation=operation, about=about)


def escape(text: str) -> str:
    """Escape what would cut the text silently."""
    return _RESERVED.sub(lambda found: f"\\{found[0]}", text)


def unescape(text: str) -> str:
    """Undo `escape`: listings show commentary escaped."""
    return re.sub(r"\\(.)", r"\1", text)


def headers(app: PartnerApp, token: str, **more: str) -> dict[str, str]:
    """Return what every REST call carries."""
    return {
        "Authorization": f"Bearer {token}",
        "LinkedIn-Version": app.version,
        "X-Restli-Protocol-Version": "2.0.0",
        **more,
    }


def rest(ctx: Context, path: str) -> str:
    """Return the URL of a REST path."""
    return f"{ctx.app.urls['LINKEDIN_API_URL']}/rest/{path}"


def read(ctx: Context, path: str, *, method: str = "", **params: str) -> Request:
    """Return a read; a finder names itself in a header."""
    named = {"X-RestLi-Method": method} if method else {}
    return Request(
        "GET",
        rest(ctx, path),
        headers=headers(ctx.app, ctx.token, **named),
        params=params,
        writes=False,
        budget="read",
    )
