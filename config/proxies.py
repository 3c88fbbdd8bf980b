"""Behind proxies every request seems to come from them; this gives it the address of who called the first one."""

import ipaddress
import re
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse

# Some proxies add the caller's port: 203.0.113.9:51234, [2001:db8::7]:443.
_WITH_PORT = re.compile(r"^(?:([\d.]+)|\[([\da-fA-F:.]+)\])(?::\d+)?$")


class Proxies:
    """
    Puts the caller's address where Django, axes and we look for it.

    Each proxy adds whom it was called by at the end of X-Forwarded-For. So many of the last entries are true as there are
    proxies of ours; what stands before them is whatever the caller liked to write.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if not settings.PROXIES:
            raise MiddlewareNotUsed
        self._answer = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if caller := _caller(request.headers.get("X-Forwarded-For", "")):
            request.META["REMOTE_ADDR"] = caller
        return self._answer(request)


def _caller(said: str) -> str:
    """Return who called our outermost proxy; nothing when fewer than ours speak, or when what stands there is no address."""
    entries = said.split(",")
    if len(entries) < settings.PROXIES:
        return ""
    entry = entries[-settings.PROXIES].strip()
    return _address(entry) or _address(_WITH_PORT.sub(r"\1\2", entry))


def _address(text: str) -> str:
    """Return the address that a text is; one of a single cable (`fe80::1%eth0`) names nobody who came over the net."""
    try:
        return "" if "%" in text else str(ipaddress.ip_address(text))
    except ValueError:
        return ""
