"""Many jobs in one request: each item has a result of its own, and one bad item does not stop the rest."""

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.api.keys import HasScope, KeyAuthentication, caller_of
from apps.api.problems import body_of
from apps.api.v2.wanted import RequestInvalid, Wanted
from apps.connections.models import Connection
from apps.core import clock
from apps.core.ids import id_of
from apps.core.problems import Problem
from apps.jobs.actions.enqueue_many import Accepted
from apps.publishing.actions.publish_many import Wish, publish_many

LARGEST = 1000


class BatchTooLarge(Problem):
    """More items than one request may have."""

    code = "batch_too_large"
    status = 413
    title = "The batch has too many items"


class BatchJobsView(APIView):
    """POST /api/v2/batch/jobs {"jobs": [...]}: what POST /api/v2/jobs takes, up to 1,000 times"""

    authentication_classes = (KeyAuthentication,)
    permission_classes = (HasScope,)

    def post(self, request: Request) -> Response:
        """Answer 200 with a result for each item, in order; nothing is stored when the batch itself is refused."""
        caller, items = caller_of(request), _items(request.data)
        mine = _named(items, caller.tenant)
        checked = [_checked(item, mine) for item in items]
        done = iter(
            publish_many(
                [one for one in checked if isinstance(one, Wish)],
                tenant=caller.tenant,
                actor=caller.actor,
                at=clock.now(),
            )
        )
        results = [next(done) if isinstance(one, Wish) else one for one in checked]
        return Response({"results": [_to_json(index, one) for index, one in enumerate(results)]})


def _items(body: object) -> list[Any]:
    items = body.get("jobs") if isinstance(body, dict) else None
    if not isinstance(items, list) or not items:
        problem = {"field": "jobs", "rule": "required", "message": f"Send a list of 1 to {LARGEST} jobs."}
        raise RequestInvalid(detail="Nothing was stored.", fields=[problem])
    if len(items) > LARGEST:
        raise BatchTooLarge(detail=f"It may have {LARGEST} items at most; nothing was stored.")
    return items


def _named(items: list[Any], tenant: UUID) -> dict[str, Connection]:
    """Return the caller's connections by the words that name them; many items name few."""
    said = (item.get("connection") for item in items if isinstance(item, dict))
    words = {word for word in said if isinstance(word, str)}
    ids = {word: pk for word in words if (pk := id_of(word))}
    rows = Connection.objects.for_tenant(tenant).in_bulk(set(ids.values()))
    return {word: rows[pk] for word, pk in ids.items() if pk in rows}


def _checked(item: object, mine: dict[str, Connection]) -> Wish | Problem:
    try:
        wanted = Wanted(item, None, mine.get)
    except RequestInvalid as invalid:
        return invalid
    return Wish(
        connection=wanted.connection,
        raw=wanted.raw.get("content"),
        remote_id=wanted.raw["remote_id"] if wanted.kind == "delete" else None,
        due_at=wanted.due_at,
        idempotency_key=wanted.key,
        allow_duplicate=wanted.raw.get("allow_duplicate") is True,
    )


def _to_json(index: int, result: Accepted | Problem) -> dict[str, Any]:
    if isinstance(result, Accepted):
        return {"index": index, "status": 201 if result.new else 200, "job": {"id": str(result.job)}}
    return {"index": index, "status": result.status, "error": body_of(result)}
