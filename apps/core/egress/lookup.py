"""Where a name leads: asked once, and refused when any of its addresses is not a public one."""

import asyncio
import socket
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong

from django.conf import settings

from apps.core.egress import addresses
from apps.core.egress.urls import Destination, UrlRefused

# Names that tenants choose are looked up in threads of their own, and each once at a time: a name server that hangs
# costs one of them, and the names of the partners none.
_THREADS = ThreadPoolExecutor(max_workers=32, thread_name_prefix="names")
_under_way: dict[str, Future[list[str]]] = {}
_guard = threading.Lock()
PATIENCE = 5.0  # seconds, while somebody waits for an answer in a browser


def reach(to: Destination) -> list[str]:
    """
    Return the addresses that a URL leads to, for whoever wants to keep it.

    :raises UrlRefused: when the name leads nowhere, or to an address that is not public.
    """
    try:
        found = [to.host] if addresses.read(to.host) else _ask(to.host).result(timeout=PATIENCE)
    except (OSError, TookTooLong):
        raise UrlRefused("Its name cannot be found. Look at the spelling, or try again.") from None
    return checked(found)


async def addresses_of(host: str) -> list[str]:
    """
    Return the addresses of a name, for a call that is about to go there.

    :raises OSError: when it cannot be found.
    :raises UrlRefused: when one of them is not public.
    """
    # Shielded: who stops waiting does not take the answer from the others.
    found = await asyncio.shield(asyncio.wrap_future(_ask(host)))
    return checked(found)


def checked(found: Sequence[str]) -> list[str]:
    """
    Return the addresses when each of them may be called.

    One bad address among good ones is no accident, and which one is taken would be left to chance.

    :raises UrlRefused: otherwise.
    """
    read = [addresses.read(one) for one in found]
    if not read or not all(
        one and addresses.may_be_called(one, loopback=settings.EGRESS_LOOPBACK) for one in read
    ):
        raise UrlRefused("Its name leads to an address that is not one of the public internet.")
    return list(found)


def _ask(host: str) -> Future[list[str]]:
    with _guard:
        asked = _under_way.get(host)
        if asked is None:
            asked = _under_way[host] = _THREADS.submit(ask_system, host)
            asked.add_done_callback(lambda _: _under_way.pop(host, None))
        return asked


def ask_system(host: str) -> list[str]:
    """Ask the system's resolver. *.localhost is this machine as RFC 6761 asks; plain glibc does not know that."""
    name = "127.0.0.1" if host.endswith(".localhost") else host
    found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))
