"""Is it us? Before a partner is blamed for silence, somebody looks whether anything outside can be reached at all."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from urllib.parse import urlsplit

from django.conf import settings

from apps.errors.codes import ErrorCode, ErrorKind
from apps.errors.taxonomy import TAXONOMY

# Nothing came back: it may lie at them, at us, or in between.
SILENT = frozenset(
    code for code, entry in TAXONOMY.items() if entry.kind in {ErrorKind.NETWORK, ErrorKind.TIMEOUT}
) - {ErrorCode.SSL_ERROR}
LONGEST = 3.0  # seconds
FRESH_FOR = 10.0
_seen: tuple[float, bool] = (float("-inf"), True)


def is_open() -> bool:
    """Return True when at least one of the partners' servers takes a connection; nothing is sent."""
    global _seen  # noqa: PLW0603 - one answer for each process, for a few seconds
    if time.monotonic() - _seen[0] >= FRESH_FOR:
        _seen = (time.monotonic(), _reaches_any())
    return _seen[1]


def _reaches_any() -> bool:
    servers = _servers()
    threads = ThreadPoolExecutor(max_workers=len(servers), thread_name_prefix="way-out")
    try:
        tries = [threads.submit(_reaches, host, port) for host, port in servers]
        return any(one.result() for one in as_completed(tries, timeout=2 * LONGEST))
    except TimeoutError:  # not even the names are answered for
        return False
    finally:
        threads.shutdown(wait=False, cancel_futures=True)


def _servers() -> list[tuple[str, int]]:
    """Return where the partners are; an address with a gap in it belongs to an account."""
    found = set()
    for url in settings.PARTNER_URLS.values():
        parts = urlsplit(url)
        if parts.hostname and "{" not in parts.netloc:
            found.add((parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)))
    return sorted(found)


def _reaches(host: str, port: int) -> bool:
    name = "127.0.0.1" if host.endswith(".localhost") else host
    with suppress(OSError), socket.create_connection((name, port), timeout=LONGEST):
        return True
    return False
