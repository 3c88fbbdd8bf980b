"""The inbox of unknown answers: see them by fingerprint, give them a code after a look at what would change."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from apps.console.page import actor, needs, show
from apps.console.turn import turn
from apps.core import clock
from apps.core.problems import Problem
from apps.errors.actions import override as overriding
from apps.errors.codes import ErrorCode
from apps.errors.messages import OPERATOR
from apps.errors.models import Override, Unclassified
from apps.events import log

PAGE = 50


class CodeForm(forms.Form):
    """A code and why."""

    code = forms.ChoiceField(
        choices=[
            (code.value, f"{code.value}: {OPERATOR[code]}")
            for code in ErrorCode
            if code is not ErrorCode.UNKNOWN
        ]
    )
    reason = forms.CharField(max_length=500, label="Why, with the partner's page if there is one")


@needs("errors.view_unclassified")
def show_inbox(request: HttpRequest) -> HttpResponseBase:
    """List the unknown answers, the most frequent first, and the codes that people gave."""
    context = {
        "page": turn(request, Unclassified.objects.all(), by="-count", size=PAGE),
        "overrides": Override.objects.filter(removed_at=None).order_by("-created_at"),
    }
    return show(request, "console/inbox.html", "Unclassified answers", context)


@needs("errors.view_unclassified")
def show_answer(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show one group; first press: what a code would change; second press: make it live."""
    unknown = get_object_or_404(Unclassified, pk=pk)
    form = CodeForm(request.POST or None)
    context = {"unknown": unknown, "form": form, "preview": None}
    if request.method != "POST" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return show(request, "console/answer.html", "An unknown answer", context, status=status)
    code = ErrorCode(form.cleaned_data["code"])
    if "confirm" in request.POST:
        return _make_live(request, unknown, code, form.cleaned_data["reason"])
    context["preview"] = overriding.preview(
        platform=unknown.platform, fingerprint=unknown.fingerprint, code=code
    )
    return show(request, "console/answer.html", "An unknown answer", context)


@needs("errors.add_override")
def _make_live(request: HttpRequest, unknown: Unclassified, code: ErrorCode, reason: str) -> HttpResponseBase:
    try:
        with transaction.atomic():
            made = overriding.add_override(
                platform=unknown.platform,
                fingerprint=unknown.fingerprint,
                code=code,
                reason=reason,
                actor=actor(request),
                at=clock.now(),
            )
            _record(request, "errors.override_added", made)
    except Problem as problem:
        messages.error(request, f"{problem.title}. {problem.detail}")
    else:
        messages.success(request, f"These answers are {code} from now on, in every process within seconds.")
    return redirect("admin:errors_inbox")


@needs("errors.add_override")
@require_POST
def take_back(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Undo a code."""
    found = get_object_or_404(Override, pk=pk)
    try:
        with transaction.atomic():
            overriding.remove_override(override=pk, actor=actor(request), at=clock.now())
            _record(request, "errors.override_removed", found)
    except Problem as problem:
        messages.error(request, f"{problem.title}. {problem.detail}")
    else:
        messages.success(request, f"Taken back: these answers are unknown again, not {found.code}.")
    return redirect("admin:errors_inbox")


def _record(request: HttpRequest, verb: str, override: Override) -> None:
    log.record(
        verb,
        tenant=None,
        subject=f"override:{override.pk}",
        actor=actor(request),
        at=clock.now(),
        data={
            "platform": override.platform,
            "fingerprint": override.fingerprint,
            "code": override.code,
            "reason": override.reason,
        },
    )
