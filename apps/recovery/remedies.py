"""The way out of a refusal: what a person allows at the partner is allowed by a reconnect."""

from collections.abc import Mapping, Sequence
from typing import Any

from apps.connections.guard import permission_words
from apps.connections.limits import Remedy
from apps.connections.models import Connection
from apps.errors.codes import ErrorCode
from apps.recovery.reconnect import generate_reconnect_url


def with_links(problems: Sequence[Mapping[str, Any]], connection: Connection) -> list[dict[str, Any]]:
    """Return a refusal's problems; those that a reconnect mends with the permissions in words and where it begins."""
    return [
        {**one, **_reconnect(one, connection)} if one.get("remedy") == Remedy.RECONNECT else dict(one)
        for one in problems
    ]


def _reconnect(problem: Mapping[str, Any], connection: Connection) -> dict[str, Any]:
    return {
        "permissions": permission_words(connection.platform, problem["scopes"]),
        "reconnect_url": generate_reconnect_url(connection, ErrorCode.PERMISSION_INSUFFICIENT),
    }
