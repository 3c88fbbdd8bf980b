"""Who may read the metrics: whoever has the token; without one, programs of this machine that came straight to us."""

import ipaddress
from collections.abc import Mapping
from hmac import compare_digest

from django.conf import settings

# What a proxy adds. Behind one everybody seems to come from this machine.
_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


def may_read(address: str, headers: Mapping[str, str]) -> bool:
    """Return True for a caller that may see how the house does. Names of headers come in lower case."""
    if settings.METRICS_TOKEN:
        given = headers.get("authorization", "")
        return compare_digest(given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode())
    return _is_here(address) and not any(name in headers for name in _FORWARDED)


def _is_here(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
