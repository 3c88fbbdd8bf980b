"""The addresses of the console's lists, with exactly the filter that a number beside them counts."""

from functools import cache, lru_cache
from urllib.parse import urlencode

from django.urls import reverse

from apps.connections.queries import StoppedGroup
from apps.console.words import known
from apps.errors.taxonomy import get_taxonomy_entry

NO_CODE = "none"  # in an address: stopped without an error code, so by operations


def paused_url(**chosen: str) -> str:
    """Return where stopped connections are listed."""
    return _with(_page("admin:paused"), chosen)


def letters_url(*, platform: str, code: str, **more: str) -> str:
    """Return where the open dead letters of a cause are listed."""
    page = _page("admin:jobs_deadletter_changelist")
    return _with(page, {"resolved_at__isempty": "1", "error_code": code, "platform": platform, **more})


def questions_url(held_for: str) -> str:
    """Return where the jobs wait that a person must speak about."""
    return _with(_page("admin:questions"), {"for": held_for})


def plan_url(kind: str, **chosen: str) -> str:
    """Return where an operation is previewed."""
    return _with(_page("admin:operation_plan"), {"kind": kind, **chosen})


def way_back(stopped: StoppedGroup) -> tuple[str, str]:
    """Return the button that brings these back, and its preview: what a partner refuses, only its people can."""
    if stopped.refused:
        return "Ask to reconnect...", plan_url("ask", platform=stopped.platform, code=stopped.reason)
    chosen = {"code": stopped.reason} if stopped.reason else {"paused_by": stopped.paused_by}
    return "Resume...", plan_url("resume", platform=stopped.platform, **chosen)


@lru_cache(maxsize=256)
def runbook_url(subject: str) -> str:
    """Return the page that says what to do about a code, or the page of this name; nothing where there is none."""
    if not subject:
        return ""
    code = known(subject)
    return reverse("admin:runbook", args=[get_taxonomy_entry(code).runbook if code else subject])


def _with(page: str, chosen: dict[str, str]) -> str:
    return f"{page}?{urlencode(chosen)}" if chosen else page


@cache
def _page(name: str) -> str:
    """Look an address up once: a page of causes names the same four pages some hundred times."""
    return reverse(name)
