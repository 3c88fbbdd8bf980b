"""Connections of aiohttp that lead to checked addresses only."""

import socket
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from django.conf import settings

from apps.core.egress import addresses, lookup

KEEP = 15.0  # seconds that a connection stays open for the next call


class AddressRefused(OSError):
    """A socket was about to be connected to an address that may not be called."""


class _CheckedNames(AbstractResolver):
    """Hands the checked addresses to the connection itself: nobody asks the name server a second time."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in await lookup.addresses_of(host)
        ]

    async def close(self) -> None:
        """Nothing is open."""


def guarded_connector(*, connections: int = 500) -> aiohttp.TCPConnector:
    """Return the connector of a session that calls what tenants name; to be made on its event loop."""
    return aiohttp.TCPConnector(
        limit=connections,
        resolver=_CheckedNames(),
        use_dns_cache=False,
        socket_factory=_checked_socket,
        keepalive_timeout=KEEP,
    )


def _checked_socket(where: Any) -> socket.socket:
    """The last wall, whatever came before: literal addresses are never given to a resolver."""
    family, kind, protocol, _, target = where
    address = addresses.read(str(target[0]))
    if address is None or not addresses.may_be_called(address, loopback=settings.EGRESS_LOOPBACK):
        raise AddressRefused(f"{target[0]} may not be called.")
    return socket.socket(family, kind, protocol)
