"""The page that somebody follows who wants their data erased; whoever has the code may read it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from apps.webhooks.inbound.choices import ErasureState
from apps.webhooks.models import Erasure


@require_safe
def show_erasure(request: HttpRequest, code: str) -> HttpResponse:
    """Say how far it is, and nothing of whom it is about."""
    wish = get_object_or_404(Erasure, code=code)
    context = {"wish": wish, "done": wish.state == ErasureState.DONE}
    return render(request, "webhooks/erasure.html", context)
