"""What a tenant's URL may look like. Strict on purpose: what two readers could understand differently is refused.

Browsers, resolvers and libraries read hosts in many notations (decimal, octal, hexadecimal, mapped, with a user before
the @); here a host is a plain name of two labels at least, or an address as it is usually written.
"""

import re
from dataclasses import dataclass

from django.conf import settings
from yarl import URL

from apps.core.egress import addresses
from apps.core.problems import Problem

LONGEST = 2000
_SHAPE = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:(?P<port>[0-9]{1,5}))?"
    r"(?P<rest>(/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?(\?[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)?)"
)
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_NUMBER = re.compile(
    r"[0-9]+|0x[0-9a-f]*"
)  # a last label like this is read as an address by browsers and resolvers
_INSIDE = ("localhost", "local", "localdomain", "internal", "intranet", "lan", "home.arpa", "onion")
_LONGEST_NAME = 253


class UrlRefused(Problem):
    """We do not send to this address."""

    code = "url_refused"
    status = 422
    title = "We cannot send to this address"

    def __init__(self, words: str) -> None:
        super().__init__(detail=words, fields=[{"field": "url", "rule": "egress", "message": words}])


@dataclass(frozen=True, slots=True)
class Destination:
    """A URL whose words are in order; where its name leads is asked later."""

    url: str
    host: str
    port: int
    is_loopback: bool  # this machine: only where a setting allows it


def read(url: str) -> Destination:
    """
    Check the words of a URL.

    :raises UrlRefused: with a sentence that its owner understands.
    """
    found = _SHAPE.fullmatch(url) if len(url) <= LONGEST else None
    if found is None:
        raise UrlRefused(
            "Write it as https://name/path, in ASCII, without a user, a fragment or a blank;"
            f" {LONGEST} characters at most."
        )
    host = found["host"].lower()
    here = settings.EGRESS_LOOPBACK and _is_this_machine(host)
    if not here:
        _refuse_host(host)
    if found["scheme"] != "https" and not here:
        raise UrlRefused("Use https: what we send is not for everybody on the way.")
    port = int(found["port"] or (443 if found["scheme"] == "https" else 80))
    if not here and port not in settings.EGRESS_PORTS:
        raise UrlRefused(f"Use one of the ports {', '.join(map(str, settings.EGRESS_PORTS))}.")
    if (URL(url, encoded=True).raw_host or "").lower() != host.strip("[]"):  # as the HTTP client reads it
        raise UrlRefused("The name of the host can be read in two ways.")
    return Destination(url, host.strip("[]"), port, here)


def _is_this_machine(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    address = addresses.read(host.strip("[]"))
    return address is not None and address.is_loopback


def _refuse_host(host: str) -> None:
    address = addresses.read(host.strip("[]"))
    if address is not None:
        if not addresses.is_public(address):
            raise UrlRefused("This is not an address of the public internet.")
        return
    labels = host.split(".")
    if host.startswith("[") or _NUMBER.fullmatch(labels[-1]):
        raise UrlRefused("Write an address in its usual form, or better a name.")
    if len(host) > _LONGEST_NAME or not all(_LABEL.fullmatch(label) for label in labels):
        raise UrlRefused("This is no name of a host.")
    if len(labels) == 1 or any(host.endswith(f".{inside}") for inside in _INSIDE):
        raise UrlRefused("This name leads nowhere outside of a house network.")
