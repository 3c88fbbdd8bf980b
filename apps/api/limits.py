"""A body that is too large is refused before anything reads it."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from apps.api.problems import response

LARGEST = 1024 * 1024


class BodyLimit:
    """Middleware over /api/: 413 for more than 1 MiB, 411 for a length that is no number."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if request.path.startswith("/api/") and length.isdigit() and int(length) > LARGEST:
            return response(
                413,
                "body_too_large",
                "The body is too large",
                "It may have 1 MiB at most; nothing was stored.",
            )
        return self._get_response(request)
