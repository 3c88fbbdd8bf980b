"""What endpoints were told, and telling them again."""

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.api.keys import KeyAuthentication, MayOperate, caller_of
from apps.api.v2.operations import body_of, key_of, unknown_fields
from apps.api.v2.paging import page
from apps.api.v2.wanted import RequestInvalid
from apps.api.v2.webhooks_json import delivery_to_json
from apps.core import clock
from apps.webhooks.outbound import queries
from apps.webhooks.outbound.actions.deliver import redeliver
from apps.webhooks.outbound.choices import DeliveryState


class DeliveriesView(APIView):
    """GET /api/v2/webhooks/<id>/deliveries"""

    authentication_classes = (KeyAuthentication,)
    permission_classes = (MayOperate,)

    def get(self, request: Request, endpoint: UUID) -> Response:
        """Return what an endpoint was told, newest first; `state` and `type` choose."""
        found = queries.endpoint(endpoint, tenant=caller_of(request).tenant)
        rows, problems = queries.deliveries_of(found), []
        if state := request.query_params.get("state"):
            rows = rows.filter(state=state)
            if state not in DeliveryState.values:
                words = f"Say one of {', '.join(DeliveryState.values)}."
                problems.append({"field": "state", "rule": "choice", "message": words})
        if event_type := request.query_params.get("type"):
            rows = rows.filter(type=event_type.replace("\x00", ""))
        shown, following = page(rows, request, problems=problems)
        followed = queries.follow(shown, at=clock.now())
        return Response({"deliveries": [delivery_to_json(one) for one in followed], "next_cursor": following})


class DeliveryView(APIView):
    """GET /api/v2/webhooks/deliveries/<id>"""

    authentication_classes = (KeyAuthentication,)
    permission_classes = (MayOperate,)

    def get(self, request: Request, delivery: UUID) -> Response:
        """Return one with its request and every try."""
        found = queries.delivery(delivery, tenant=caller_of(request).tenant)
        (followed,) = queries.follow([found], at=clock.now())
        return Response(delivery_to_json(followed, whole=True))


class RedeliverView(APIView):
    """POST /api/v2/webhooks/deliveries/<id>/redeliver"""

    authentication_classes = (KeyAuthentication,)
    permission_classes = (MayOperate,)

    def post(self, request: Request, delivery: UUID) -> Response:
        """Deliver once more, under the same id."""
        caller, at = caller_of(request), clock.now()
        queries.delivery(delivery, tenant=caller.tenant)
        raw = body_of(request)
        key = key_of(request, raw)
        if problems := unknown_fields(raw, {"idempotency_key"}):
            raise RequestInvalid(detail="Nothing was sent.", fields=problems)
        again, new = redeliver(delivery, tenant=caller.tenant, actor=caller.actor, at=at, idempotency_key=key)
        (followed,) = queries.follow([again], at=at)
        return Response(delivery_to_json(followed), status=202 if new else 200)
