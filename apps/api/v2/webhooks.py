"""Webhook endpoints: keep them, try them, look at what they were told, tell them again."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.api.keys import KeyAuthentication, MayConfigure, MayOperate, caller_of
from apps.api.v2.operations import body_of, key_of, unknown_fields
from apps.api.v2.paging import page
from apps.api.v2.wanted import RequestInvalid
from apps.api.v2.webhooks_json import delivery_to_json, endpoint_to_json, type_to_json
from apps.core import clock
from apps.webhooks.catalogue.types import outgoing
from apps.webhooks.models import Endpoint
from apps.webhooks.outbound import queries, wanted
from apps.webhooks.outbound.actions import keep
from apps.webhooks.outbound.actions.catch_up import catch_up
from apps.webhooks.outbound.actions.deliver import send_test
from apps.webhooks.outbound.actions.pause import pause
from apps.webhooks.outbound.actions.resume import resume
from apps.webhooks.outbound.choices import PausedFor
from apps.webhooks.outbound.wanted import EndpointInvalid

CHANGES = wanted.FIELDS | {"active", "redeliver"}


class EndpointsView(APIView):
    """GET /api/v2/webhooks, POST /api/v2/webhooks"""

    authentication_classes = (KeyAuthentication,)
    permission_classes = (MayConfigure,)

    def get(self, request: Request) -> Response:
        """Return the tenant's endpoints, newest first."""
        rows, following = page(queries.endpoints_of(tenant=caller_of(request).tenant), request)
        return Response({"webhooks": [endpoint_to_json(one) for one in rows], "next_cursor": following})

    def post(self, request: Request) -> Response:
        """Keep a new one; its secret is shown now, and never again."""
        raw, caller = body_of(request), caller_of(request)
        key = key_of(request, raw)
        said = _checked(raw, wanted.FIELDS | {"idempotency_key"}, whole=True)
        made = keep.create(
            said, tenant=caller.tenant, actor=caller.actor, at=clock.now(), idempotency_key=key
        )
        body = {**endpoint_to_json(made.endpoint), "secret": made.secret}
        return Response(body, status=201 if made.new else 200)


class EndpointView(APIView):
    """GET, PATCH, DELETE /api/v2/webhooks/<id>"""

    authentication_classes = (KeyAuthentication,)
    permission_classes = (MayConfigure,)

    def get(self, request: Request, endpoint: UUID) -> Response:
        """Return one, with how much it has not been told."""
        return Response(_with_backlog(queries.endpoint(endpoint, tenant=caller_of(request).tenant)))

    def patch(self, request: Request, endpoint: UUID) -> Response:
        """Change it. `active` pauses and resumes; a resume with `redeliver` also begins to tell what it never took."""
        caller, at = caller_of(request), clock.now()
        found = queries.endpoint(endpoint, tenant=caller.tenant)
        raw = body_of(request)
        said = _checked(raw, CHANGES, whole=False)
        active = raw.get("active", found.is_active)
        if said:
            found = keep.change(endpoint, said, tenant=caller.tenant, actor=caller.actor, at=at)
        if active != found.is_active:
            found = (
                resume(endpoint, actor=caller.actor, at=at)
                if active
                else pause(endpoint, why=PausedFor.BY_HAND, actor=caller.actor, at=at)
            )
        body = _with_backlog(found)
        if raw.get("redeliver"):
            begun = catch_up(endpoint, tenant=caller.tenant, actor=caller.actor, at=at)
            body["operation"] = str(begun.pk)
        return Response(body)

    def delete(self, request: Request, endpoint: UUID) -> Response:
        """Remove it; what waits for it is not sent."""
        caller = caller_of(request)
        keep.remove(endpoint, tenant=caller.tenant, actor=caller.actor, at=clock.now())
        return Response(status=204)


class RotateView(APIView):
    """POST /api/v2/webhooks/<id>/rotate-secret"""

    authentication_classes = (KeyAuthentication,)
    permission_classes = (MayConfigure,)

    def post(self, request: Request, endpoint: UUID) -> Response:
        """Give it a new secret, shown once; the one before signs as well for `overlap_hours` (24)."""
        caller = caller_of(request)
        queries.endpoint(endpoint, tenant=caller.tenant)
        raw = body_of(request)
        key = key_of(request, raw)
        problems = unknown_fields(raw, {"overlap_hours", "idempotency_key"})
        hours = raw.get("overlap_hours", keep.OVERLAP / timedelta(hours=1))
        most = keep.LONGEST_OVERLAP // timedelta(hours=1)
        if isinstance(hours, bool) or not isinstance(hours, (int, float)) or not 0 <= hours <= most:
            words = f"Say a number of hours from 0 to {most}."
            problems.append({"field": "overlap_hours", "rule": "range", "message": words})
        if problems:
            raise RequestInvalid(detail="Nothing was changed.", fields=problems)
        made = keep.rotate(
            endpoint,
            tenant=caller.tenant,
            actor=caller.actor,
            at=clock.now(),
            overlap=timedelta(hours=hours),
            idempotency_key=key,
        )
        return Response({**endpoint_to_json(made.endpoint), "secret": made.secret})


class EndpointTestView(APIView):
    """POST /api/v2/webhooks/<id>/test"""

    authentication_classes = (KeyAuthentication,)
    permission_classes = (MayOperate,)

    def post(self, request: Request, endpoint: UUID) -> Response:
        """Send one made-up event, also to a paused endpoint; its delivery says what became of it."""
        caller, at = caller_of(request), clock.now()
        queries.endpoint(endpoint, tenant=caller.tenant)
        raw = body_of(request)
        key = key_of(request, raw)
        if problems := unknown_fields(raw, {"idempotency_key"}):
            raise RequestInvalid(detail="Nothing was sent.", fields=problems)
        made, new = send_test(endpoint, tenant=caller.tenant, actor=caller.actor, at=at, idempotency_key=key)
        (followed,) = queries.follow([made], at=at)
        return Response(delivery_to_json(followed), status=202 if new else 200)


class EventTypesView(APIView):
    """GET /api/v2/webhooks/event-types"""

    authentication_classes = (KeyAuthentication,)
    permission_classes = (MayOperate,)

    def get(self, request: Request) -> Response:
        """Return what an endpoint may ask for, each with its schema and an example."""
        return Response({"event_types": [type_to_json(one) for one in outgoing()]})


def _checked(raw: dict[str, Any], known: frozenset[str], *, whole: bool) -> dict[str, Any]:
    """Check the body with what is wrong around it. :raises EndpointInvalid: with every wrong field."""
    problems = unknown_fields(raw, known)
    problems += [
        {"field": name, "rule": "boolean", "message": "Say true or false."}
        for name in ("active", "redeliver")
        if name in raw and name in known and not isinstance(raw[name], bool)
    ]
    try:
        said = wanted.check(raw, whole=whole)
    except EndpointInvalid as invalid:
        raise EndpointInvalid(detail=invalid.detail, fields=[*problems, *invalid.fields]) from None
    if problems:
        raise EndpointInvalid(detail="Nothing was stored.", fields=problems)
    return said


def _with_backlog(endpoint: Endpoint) -> dict[str, Any]:
    backlog = queries.backlog_of(endpoint)
    return {**endpoint_to_json(endpoint), "waiting": backlog.waiting, "failed": backlog.failed}
