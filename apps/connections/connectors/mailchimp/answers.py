"""How Mailchimp is called and answers: a success is a 2xx, 204 has no body."""

from typing import Any

from apps.connections.connectors.base import failed_step
from apps.connections.connectors.interface import Answer, Context, Request, StepResult

PLATFORM = "mailchimp"
# Mailchimp works on for two minutes after we hang up, and counts that as an open connection of ten.
TIME_LIMIT = 125.0


def refused(answer: Answer, *, operation: str, about: str = "") -> StepResult:
    """Return the named failure."""
    return failed_step(PLATFORM, answer, operation=operation, about=about)


def base(url: str, dc: object) -> str:
    """Return the API's root in the account's data centre."""
    return f"{url.replace('{dc}', str(dc))}/3.0"


def call(
    ctx: Context, method: str, path: str, *, json: Any = None, params: dict[str, str] | None = None
) -> Request:
    """Return a call to the API."""
    return Request(
        method,
        f"{base(ctx.app.urls['MAILCHIMP_API_URL'], ctx.account.details.get('dc', 'us1'))}/{path}",
        headers={"Authorization": f"Bearer {ctx.token}"},
        params=params or {},
        json=json,
        writes=method != "GET",
        budget="read" if method == "GET" else "write",
        time_limit=TIME_LIMIT,
    )
