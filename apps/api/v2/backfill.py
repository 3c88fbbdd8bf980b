"""What a connection missed: look at it, then let it out."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.api.keys import KeyAuthentication, MayOperate, caller_of
from apps.api.v2.connections import find
from apps.api.v2.operations import body_of, check, key_of, to_json, unknown_fields
from apps.core import clock
from apps.jobs.models import Job
from apps.recovery.actions.backfill import backfill
from apps.recovery.choices import OperationKind
from apps.recovery.offers import Offer, offer_backfill

EXCERPT = 200


class BackfillView(APIView):
    """GET and POST /api/v2/connections/<id>/backfill"""

    authentication_classes = (KeyAuthentication,)
    permission_classes = (MayOperate,)

    def get(self, request: Request, connection: UUID) -> Response:
        """Return what waits: what goes out, what a person is asked about, what is too late, and how long it takes."""
        return Response(offer_to_json(offer_backfill(find(request, connection), at=clock.now())))

    def post(self, request: Request, connection: UUID) -> Response:
        """Start it: 201 with the operation, 200 when one does that already; `also` names late posts that go out too."""
        caller, found = caller_of(request), find(request, connection)
        raw = body_of(request)
        problems = unknown_fields(raw, {"also", "idempotency_key"})
        options = {"also": raw["also"]} if "also" in raw else {}
        asked = check(OperationKind.BACKFILL, {"connections": [str(found.pk)]}, options, problems)
        made, new = backfill(
            found,
            also=asked.options.get("also", ()),
            actor=caller.actor,
            at=clock.now(),
            idempotency_key=key_of(request, raw),
        )
        return Response(to_json(made), status=201 if new else 200)


def offer_to_json(offer: Offer) -> dict[str, Any]:
    """Return an offer; each list shows its first posts."""
    return {
        "missed": offer.missed,
        "duration_seconds": round(offer.duration.total_seconds()),
        "publish": _list_to_json(offer.publish, offer.to_publish),
        "ask": _list_to_json(offer.ask, offer.to_ask),
        "skip": _list_to_json(offer.skip, offer.to_skip),
    }


def _list_to_json(count: int, first: Sequence[Job]) -> dict[str, Any]:
    return {"count": count, "first": [_post_to_json(job) for job in first]}


def _post_to_json(job: Job) -> dict[str, Any]:
    text = str(job.args.get("content", {}).get("text") or "")
    return {"job": str(job.pk), "due_at": job.due_at.isoformat(), "text": text[:EXCERPT]}
