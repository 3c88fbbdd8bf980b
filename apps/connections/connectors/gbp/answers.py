"""How Google is called and answers: the state decides, not the status."""

from typing import Any

from apps.connections.connectors.base import failed_step
from apps.connections.connectors.interface import Answer, Context, Request, StepResult

PLATFORM = "gbp"


def refused(answer: Answer, *, operation: str, about: str = "") -> StepResult:
    """Return the named failure."""
    return failed_step(PLATFORM, answer, operation=operation, about=about)


def posts_path(ctx: Context) -> str:
    """Return the location's path with its account: the name alone leads to a page of the front end."""
    return f"accounts/{ctx.account.details['account']}/locations/{ctx.account.external_id}/localPosts"


def call(
    ctx: Context, method: str, path: str, *, json: Any = None, params: dict[str, str] | None = None
) -> Request:
    """Return a call of the version 4 API."""
    return Request(
        method,
        f"{ctx.app.urls['GBP_V4_URL']}/v4/{path}",
        headers={"Authorization": f"Bearer {ctx.token}"},
        params=params or {},
        json=json,
        writes=method != "GET",
        budget="read" if method == "GET" else "write",
    )
