"""Edit a dead letter and replay it: first the difference, then the confirmation."""

import json
from difflib import ndiff
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect

from apps.console.page import actor, needs, show
from apps.core import clock
from apps.core.problems import Problem
from apps.jobs.models import DeadLetter
from apps.recovery.actions.edit import check, edit_and_replay


class _Indented(json.JSONEncoder):
    """Writes content as people edit it: a line for each part, and every script as it is read."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "indent": 2, "ensure_ascii": False})


class ContentForm(forms.Form):
    """The content of a post as the job keeps it."""

    content = forms.JSONField(
        encoder=_Indented, widget=forms.Textarea(attrs={"rows": 14, "spellcheck": "false"})
    )


@needs("recovery.add_operation")
def edit_letter(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """First press: what would change; second press: replay it like that."""
    letter = get_object_or_404(DeadLetter.objects.across_tenants(), pk=pk)
    before = letter.payload.get("content", {})
    form = ContentForm(request.POST or None, initial={"content": before})
    context: dict[str, Any] = {"letter": letter, "form": form, "lines": None, "problems": []}
    if request.method != "POST" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return show(request, "console/edit.html", "Edit and replay", context, status=status)
    after = form.cleaned_data["content"]
    try:
        if "confirm" in request.POST:
            edit_and_replay(pk, after, tenant=letter.tenant_id, actor=actor(request), at=clock.now())
            messages.success(request, "It runs again with the new content; both are kept with the letter.")
            return redirect("admin:jobs_deadletter_change", pk)
        check(pk, after, tenant=letter.tenant_id)
    except Problem as problem:
        context["problems"] = [
            f"{problem.title}. {problem.detail}",
            *(one["message"] for one in problem.fields),
        ]
        return show(request, "console/edit.html", "Edit and replay", context, status=problem.status)
    context |= {"lines": difference(before, after), "after": json.dumps(after)}
    return show(request, "console/edit.html", "Edit and replay", context)


def difference(before: object, after: object) -> list[tuple[str, str]]:
    """Return the lines of both, each with what became of it: removed, added, or the same."""
    words = {"-": "removed", "+": "added", " ": "same"}
    lines = ndiff(_lines(before), _lines(after))
    return [(words[line[0]], line[2:]) for line in lines if line[0] in words]


def _lines(value: object) -> list[str]:
    return json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True).splitlines()
