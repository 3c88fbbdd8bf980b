"""What the console's own pages share: the toolkit's frame, staff only, one permission each."""

import hashlib
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotModified
from django.template.response import TemplateResponse
from django.utils.http import parse_etags

from apps.events.listing import actor

__all__ = ["View", "actor", "needs", "show", "show_part", "tag_of"]

View = Callable[..., HttpResponseBase]


def needs(permission: str) -> Callable[[View], View]:
    """Let a view in only with this permission; the site itself lets in staff only."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.has_perm(permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]  # a test reads it off every page
        return guarded

    return decorate


def show(
    request: HttpRequest, template: str, title: str, context: Mapping[str, Any], *, status: int = 200
) -> TemplateResponse:
    """Return a page in the console's frame."""
    frame = admin.site.each_context(request)
    return TemplateResponse(request, template, {**frame, "title": title, **context}, status=status)


def tag_of(facts: object) -> str:
    """Return a word that changes with what is shown."""
    return f'"{hashlib.sha256(repr(facts).encode()).hexdigest()[:24]}"'


def show_part(
    request: HttpRequest, template: str, context: Mapping[str, Any], *, tag: str
) -> HttpResponse | TemplateResponse:
    """Return a part of a page that asks for itself again and again; mostly 304, and then nothing is rendered."""
    known = {one.removeprefix("W/") for one in parse_etags(request.headers.get("If-None-Match", ""))}
    answer = HttpResponseNotModified() if tag in known else TemplateResponse(request, template, dict(context))
    answer["ETag"] = tag
    return answer
