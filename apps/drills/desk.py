"""The desk of the stage: where a drill says what goes wrong there, and asks what was really published."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.error import URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

from django.conf import settings

from apps.connections.models import Connection
from apps.connections.stage import Pass, StageTokens

PATIENCE = (
    5.0  # seconds; the stage is a neighbour, and drills are stepped by those who have other things to do
)


class NotReady(RuntimeError):
    """Something that a drill needs does not answer."""


class StageAway(NotReady):
    """The stage cannot be reached, or does not understand us."""


def is_set() -> bool:
    """Return True when this installation has a stage."""
    return bool(settings.STAGE_URL and settings.SIMULATOR_URL)


def adopt(connection: Connection) -> Pass:
    """
    Let the stage know an account, and return the two sets of tokens that it gives out.

    The second is made first: where tokens rotate, a set ends what was given out before it.

    :raises StageAway: when it does not answer.
    """
    second = _adopt(connection)
    first = _adopt(connection)
    word = "INSTAGRAM" if connection.grant.login == "instagram" else connection.platform.upper()
    app = _tell("GET", "credentials")
    return Pass(first, second, app.get(f"{word}_CLIENT_ID", ""), app.get(f"{word}_CLIENT_SECRET", ""))


def name_hosts() -> None:
    """Tell the stage by which addresses we know the partners. :raises StageAway: when it does not answer."""
    _tell("POST", "urls", dict(settings.PARTNER_URLS))


def order(faults: Sequence[Mapping[str, Any]]) -> None:
    """Order what goes wrong. :raises StageAway: when it does not answer."""
    _tell("POST", "faults", list(faults))


def mend(label: str) -> None:
    """Take back what was ordered under a label. :raises StageAway: when it does not answer."""
    _tell("DELETE", f"faults?label={quote(label)}")


def end_tokens(tokens: Sequence[str], *, mode: str) -> None:
    """Let tokens end. :raises StageAway: when it does not answer."""
    _tell("POST", "tokens/end", {"tokens": [one for one in tokens if one], "mode": mode})


def take_scopes(tokens: Sequence[str], *, platform: str, scopes: Sequence[str]) -> None:
    """Let tokens do less. :raises StageAway: when it does not answer."""
    wanted = {"tokens": [one for one in tokens if one], "platform": platform, "scopes": list(scopes)}
    _tell("POST", "tokens/scopes", wanted)


def ledger(account: str) -> list[dict[str, Any]]:
    """Return what went public on an account of the stage. :raises StageAway: when it does not answer."""
    rows: list[dict[str, Any]] = _tell("GET", f"ledger?account={quote(account)}")
    return rows


def renewals(platform: str, *, since: datetime) -> int:
    """Return how often anybody asked the partner for new access. :raises StageAway: when it does not answer."""
    found = _tell("GET", f"calls?platform={platform}&operation=refresh")
    return sum(1 for row in found["rows"] if row["at"] >= since.timestamp())


def _adopt(connection: Connection) -> StageTokens:
    kind, login = connection.account_type, connection.grant.login
    details = connection.details or {}
    wanted = {
        "platform": connection.platform,
        "kind": "instagram_alone" if login == "instagram" else kind,
        "id": connection.external_id,
        "user": connection.external_id if kind == "creator" else connection.grant.external_user_id,
        "name": connection.name,
        "approved": True,
        "fresh": True,
        **{name: details[name] for name in ("page", "account", "dc") if name in details},
    }
    made = _tell("POST", "accounts", wanted)
    return StageTokens(made["access_token"], made.get("account_token") or "", made.get("refresh_token") or "")


def _tell(method: str, path: str, data: Any = None) -> Any:
    body = None if data is None else json.dumps(data).encode()
    request = Request(  # noqa: S310 - the operator's own setting
        f"{settings.SIMULATOR_URL}/stage/control/{path}",
        body,
        {"Content-Type": "application/json"},
        method=method,
    )
    try:
        with urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310 - the same
            return json.load(answer)
    except (URLError, OSError, ValueError) as error:
        raise StageAway(f"The stage does not answer ({type(error).__name__}).") from None
