"""How Meta answers: a success has no `error`, whatever the status."""

from apps.connections.connectors.base import failed_step
from apps.connections.connectors.interface import Answer, Context, Request, StepResult

PLATFORM = "meta"
INSTAGRAM_LOGIN = "instagram"  # in an account's details: it is reached on Instagram's own host


def succeeded(answer: Answer) -> bool:
    """Return True when the answer is no error; some errors come with status 200."""
    if not answer.ok:
        return False
    said = answer.json()
    return not isinstance(said, dict) or (said.get("error") is None and said.get("success") is not False)


def refused(answer: Answer, *, operation: str, about: str = "") -> StepResult:
    """Return the named failure."""
    return failed_step(PLATFORM, answer, operation=operation, about=about)


def graph(ctx: Context, path: str, host: str = "META_GRAPH_URL") -> str:
    """Return the URL of a Graph API path; films have a host of their own, and so has Instagram without a page."""
    if ctx.account.details.get("login") == INSTAGRAM_LOGIN:
        host = "INSTAGRAM_GRAPH_URL"
    return f"{ctx.app.urls[host]}/{ctx.app.version}/{path}"


def read(ctx: Context, path: str, **params: str) -> Request:
    """Return a read; the token travels in a header, so that no log of a URL holds it."""
    return Request("GET", graph(ctx, path), headers=_bearer(ctx), params=params, writes=False, budget="read")


def write(ctx: Context, path: str, form: dict[str, str], *, host: str = "META_GRAPH_URL") -> Request:
    """Return a write."""
    return Request("POST", graph(ctx, path, host), headers=_bearer(ctx), form=form)


def remove(ctx: Context, path: str) -> Request:
    """Return a deletion."""
    return Request("DELETE", graph(ctx, path), headers=_bearer(ctx))


def _bearer(ctx: Context) -> dict[str, str]:
    return {"Authorization": f"Bearer {ctx.token}"}
