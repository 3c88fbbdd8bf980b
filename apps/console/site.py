"""Our admin site."""

from typing import Any

from django.http import HttpRequest
from unfold.sites import UnfoldAdminSite


class OpsSite(UnfoldAdminSite):
    """The console of the operations staff."""

    site_header = "Reknit"
    site_title = "Reknit console"
    index_title = "What needs a person"

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Leave the colours to the style sheet: the content policy allows no inline style element."""
        return {**super().each_context(request), "colors": None}
