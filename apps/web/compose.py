"""Writing a post: what its accounts would say to it, asked while it is written and changing nothing."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.views.decorators.http import require_POST

from apps.connections import queries as connections
from apps.connections.models import Connection
from apps.publishing import content as contents
from apps.recovery.remedies import with_links
from apps.tenants.choices import Role
from apps.tenants.models import Membership
from apps.web.access import for_members

MOST = 100  # accounts in one question


@require_POST
@for_members(Role.OPERATOR)
def check(request: HttpRequest, member: Membership) -> HttpResponseBase:
    """Answer {"connections": [...], "content": {...}} with each account's problems and what mends them."""
    try:
        asked = json.loads(request.body)
        wanted, content = asked["connections"], asked["content"]
    except (ValueError, KeyError, TypeError):
        return _unreadable()
    if not isinstance(wanted, list) or len(wanted) > MOST:
        return _unreadable()
    # Compared as text: what is no id, or somebody else's, is left out.
    ids = {str(one) for one in wanted}
    rows = [row for row in connections.connections_of(tenant=member.tenant_id) if str(row.pk) in ids]
    return JsonResponse({"targets": [_target(row, content) for row in rows]})


def _unreadable() -> JsonResponse:
    detail = f'Send {{"connections": [at most {MOST} ids], "content": {{...}}}}.'
    return JsonResponse({"detail": detail}, status=400)


def _target(connection: Connection, content: object) -> dict[str, Any]:
    problems = _problems(connection, content)
    return {
        "connection": str(connection.pk),
        "name": connection.name,
        "allowed": not problems,
        "problems": problems,
    }


def _problems(connection: Connection, content: object) -> list[dict[str, Any]]:
    try:
        contents.check(content, connection=connection)
    except contents.ContentRefused as refused:
        return with_links(refused.fields, connection)
    return []
