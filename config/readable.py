"""Addresses that nobody can type."""

from collections.abc import Callable

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse


class Readable:
    """Refuses a page's address with a NUL in it: no database looks for one. The API answers for itself, in words."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._answer = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        spoilt = "\x00" in request.path_info or "%00" in request.META.get("QUERY_STRING", "")
        if spoilt and not request.path_info.startswith("/api/"):
            raise SuspiciousOperation("An address with a NUL.")
        return self._answer(request)
