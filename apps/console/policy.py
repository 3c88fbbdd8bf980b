"""Two content policies by path: what the console's toolkit needs stays in the console."""

from typing import Any

from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings


class TwoPolicies(CSPMiddleware):
    """Sends the console's policy under /admin/ and the strict one everywhere else."""

    def get_policy_parts(self, request: Any, response: Any, report_only: bool = False) -> PolicyParts:  # noqa: FBT001, FBT002 - django-csp's signature
        if report_only or not request.path_info.startswith("/admin/"):
            return super().get_policy_parts(request, response, report_only)
        return PolicyParts(config=settings.CONSOLE_CONTENT_POLICY, nonce=getattr(request, "_csp_nonce", None))
