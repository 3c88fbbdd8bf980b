"""Which chat rooms a tenant may name: the addresses that the services themselves give out, and no other.

A tenant's address is called from inside our network, and the library's own kind of address can name any host, any
port, even files of ours as templates. So it must be a known service's, word for word.
"""

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from apps.core.problems import Problem


class RoomUnknown(Problem):
    """The address is not one of a chat service that we know."""

    code = "room_unknown"
    status = 422
    title = "We do not know this address"


@dataclass(frozen=True, slots=True)
class Service:
    """How the addresses of a chat service look."""

    name: str
    host: str  # patterns, all anchored
    path: str
    query: frozenset[str] = frozenset()


SERVICES = (
    Service("Slack", r"hooks\.slack\.com", r"/services/[A-Z0-9]+/[A-Z0-9]+/[A-Za-z0-9]+"),
    Service("Discord", r"discord(app)?\.com", r"/api/webhooks/[0-9]+/[A-Za-z0-9_-]+"),
    Service(
        "Google Chat",
        r"chat\.googleapis\.com",
        r"/v1/spaces/[A-Za-z0-9_-]+/messages",
        frozenset({"key", "token"}),
    ),
    Service(
        "Microsoft Teams",
        r"[a-z0-9.-]+\.logic\.azure\.com(:443)?",
        r"/workflows/[a-f0-9]+/triggers/manual/paths/invoke",
        frozenset({"api-version", "sp", "sv", "sig"}),
    ),
)


def service_of(address: str) -> Service:
    """
    Return whose room this is.

    :raises RoomUnknown: for any other address.
    """
    parts = urlsplit(address)
    asked = {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    for service in SERVICES:
        known = re.fullmatch(service.host, parts.netloc) and re.fullmatch(service.path, parts.path)
        if parts.scheme == "https" and known and asked <= service.query and not parts.fragment:
            return service
    names = ", ".join(service.name for service in SERVICES)
    raise RoomUnknown(
        detail=f"Paste the webhook address of a room as the service shows it. We know: {names}."
    )
