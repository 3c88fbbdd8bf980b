"""The door for partners: prove, store, answer. Nothing is read, and nobody is called, while a partner waits."""

import logging
from collections.abc import Callable

from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from apps.core import clock, tracing
from apps.webhooks.inbound import intake, nudge, refusals, registry
from apps.webhooks.inbound.interface import KeyUnknown, Post, Receiver, Refused, Reply
from apps.webhooks.metrics import RECEIVED

logger = logging.getLogger(__name__)
LARGEST = 1024 * 1024
PREFIX = "/api/webhooks/"


class Door:
    """Middleware that lets partners in before sessions, policies and sign-in: they need none, and come 200 a second."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith(PREFIX):
            return receive(request, request.path_info.removeprefix(PREFIX))
        return self._get_response(request)


@csrf_exempt
def receive(request: HttpRequest, path: str) -> HttpResponse:
    """Answer a partner: 200 (or 202) once it is stored, 503 when it cannot be and shall be brought again."""
    found = registry.find(path)
    if found is None:
        return HttpResponse(status=404)
    receiver, rest = found
    try:
        if request.method == "GET":
            return _greet(receiver, rest, request)
        if request.method != "POST":
            return HttpResponse(status=405, headers={"Allow": "GET, POST"})
        with tracing.during("webhook", receiver=receiver.name):
            return _take(receiver, rest, request)
    except KeyUnknown:
        return HttpResponse(status=503, headers={"Retry-After": "30"})
    except DatabaseError as error:
        logger.warning("webhook.database_away", extra={"error": type(error).__name__})
        return HttpResponse(status=503, headers={"Retry-After": "5"})


def _greet(receiver: Receiver, rest: str, request: HttpRequest) -> HttpResponse:
    try:
        return _response(receiver.greet(request.GET.dict(), rest))
    except Refused as refused:
        return _refuse(receiver, refused, request)


def _take(receiver: Receiver, rest: str, request: HttpRequest) -> HttpResponse:
    try:
        body = request.read(LARGEST + 1)
    except UnreadablePostError:
        return HttpResponse(status=400)
    if len(body) > LARGEST:
        return HttpResponse(status=413)
    post = Post(body, request.headers, rest, clock.now)
    try:
        proof = receiver.prove(post)
    except Refused as refused:
        return _refuse(receiver, refused, request)
    thanks = receiver.thank(post, proof)
    fresh = intake.store(receiver, post, proof)
    RECEIVED.labels(receiver.platform, "accepted" if fresh else "repeated").inc()
    if fresh:
        nudge.reader()
    return _response(thanks or Reply(receiver.accepted))


def _refuse(receiver: Receiver, refused: Refused, request: HttpRequest) -> HttpResponse:
    sample = {
        "from": str(request.META.get("REMOTE_ADDR", "")),
        "by": request.headers.get("User-Agent", ""),
        "bytes": request.headers.get("Content-Length", ""),
    }
    RECEIVED.labels(receiver.platform, "rejected").inc()
    refusals.count(receiver.name, refused.why, sample=sample, at=clock.now())
    return HttpResponse(status=receiver.refused)


def _response(reply: Reply) -> HttpResponse:
    if reply.json is not None:
        return JsonResponse(reply.json, status=reply.status)
    return HttpResponse(reply.text, status=reply.status, content_type="text/plain; charset=utf-8")
