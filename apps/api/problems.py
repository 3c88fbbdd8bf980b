"""Every refusal as application/problem+json (RFC 9457)."""

from typing import Any

from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, SuspiciousOperation
from django.http import Http404, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response

from apps.core.problems import Problem
from apps.publishing.content import ContentRefused
from apps.recovery.remedies import with_links

TYPE = "application/problem+json"


def exception_handler(error: Exception, _context: dict[str, Any]) -> Response | None:
    """Return the problem for a foreseen failure; others bubble to Django's 500 page."""
    body = body_of(error)
    if body is None:
        return None
    headers = {"WWW-Authenticate": "Bearer"} if body["status"] == 401 else {}  # noqa: PLR2004 - HTTP
    return Response(body, status=body["status"], headers=headers, content_type=TYPE)


def body_of(error: Exception) -> dict[str, Any] | None:
    """Return the problem that a foreseen failure is, or None."""
    if isinstance(error, Problem):
        return of(error)
    if isinstance(error, (Http404, ObjectDoesNotExist)):
        return problem(
            404,
            "not_found",
            "There is no such thing",
            "It may never have existed, or belong to somebody else.",
        )
    if isinstance(error, PermissionDenied):
        return problem(403, "forbidden", "You may not do this", "")
    if isinstance(error, exceptions.ParseError):
        return problem(400, "unreadable_body", "The body cannot be read", str(error.detail))
    if isinstance(error, exceptions.APIException):
        return problem(
            error.status_code, str(error.default_code), str(error.default_detail), str(error.detail)
        )
    if isinstance(error, SuspiciousOperation):
        return problem(400, "bad_request", "The request cannot be read", "")
    return None


def of(error: Problem) -> dict[str, Any]:
    """Return the body of a foreseen failure; what a reconnect mends says where that begins."""
    fields = with_links(error.fields, error.connection) if isinstance(error, ContentRefused) else error.fields
    shown = [{**one, "field": _sendable(one["field"])} for one in fields]
    return problem(error.status, error.code, error.title, error.detail, fields=shown, **error.extra)


def _sendable(name: str) -> str:
    """A field that somebody made up may be named by half a character, which no answer can hold."""
    return name.encode("utf-8", "backslashreplace").decode()


def problem(status: int, code: str, title: str, detail: str, **more: Any) -> dict[str, Any]:
    """Return the body of a problem."""
    return {
        "type": f"urn:reknit:{code}",
        "status": status,
        "code": code,
        "title": title,
        "detail": detail,
        **more,
    }


def response(status: int, code: str, title: str, detail: str) -> JsonResponse:
    """Return a problem from outside of the API's own views."""
    return JsonResponse(problem(status, code, title, detail), status=status, content_type=TYPE)
