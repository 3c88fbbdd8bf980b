"""For the banner of a host product: which connections are in trouble, and whose turn it is. Asked often, so mostly 304."""

from typing import Any
from uuid import UUID

from django.http import HttpResponseBase, HttpResponseNotModified
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.api.keys import HasScope, KeyAuthentication, caller_of
from apps.api.v2.connections import standing_to_json
from apps.recovery.choices import Needs
from apps.recovery.standings import troubled, version


class StatusView(APIView):
    """GET /api/connections/status"""

    authentication_classes = (KeyAuthentication,)
    permission_classes = (HasScope,)

    def get(self, request: Request) -> HttpResponseBase:
        """Return what a banner shows, or 304 when that is what the caller has."""
        tenant = caller_of(request).tenant
        # Read before the rows: what changes in between is told once more, never missed.
        tag = f'"{version(tenant=tenant)}"'
        known = tag in _tags(request)
        answer = HttpResponseNotModified() if known else Response(_body(tenant))
        answer["ETag"] = tag
        answer["Cache-Control"] = "private, no-cache"
        patch_vary_headers(answer, ["Authorization"])
        return answer


def _body(tenant: UUID) -> dict[str, Any]:
    found = troubled(tenant=tenant)
    return {
        "needs_you": sum(1 for one in found if one.needs == Needs.YOU),
        "connections": [standing_to_json(one) for one in found],
    }


def _tags(request: Request) -> set[str]:
    """Return what the caller has; a proxy that compresses answers calls their tags weak."""
    return {one.removeprefix("W/") for one in parse_etags(request.headers.get("If-None-Match", ""))}
