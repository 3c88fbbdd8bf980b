"""How TikTok is called and answers: `error.code` decides, not the status; every path ends with a slash."""

from typing import Any

from apps.connections.connectors.base import failed_step
from apps.connections.connectors.interface import Answer, Context, Request, StepResult

PLATFORM = "tiktok"


def succeeded(answer: Answer) -> bool:
    """Return True when the envelope says ok."""
    return answer.ok and answer.value("error", "code") == "ok"


def refused(answer: Answer, *, operation: str, about: str = "") -> StepResult:
    """Return the named failure."""
    return failed_step(PLATFORM, answer, operation=operation, about=about)


def call(ctx: Context, path: str, body: Any = None, *, writes: bool = True, fields: str = "") -> Request:
    """Return a call of the API; some answer only with the fields that are asked for."""
    return Request(
        "POST",
        f"{ctx.app.urls['TIKTOK_API_URL']}/v2/{path}/",
        headers={"Authorization": f"Bearer {ctx.token}"},
        params={"fields": fields} if fields else {},
        json=body if body is not None else {},
        writes=writes,
        budget=_budget(path, writes=writes),
    )


def _budget(path: str, *, writes: bool) -> str:
    """Return which of TikTok's limits counts a call."""
    by_end = {"init": "init", "fetch": "status"}
    return by_end.get(path.rpartition("/")[2], "write" if writes else "read")
