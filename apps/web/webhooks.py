"""Where the tenant's own product is told what happens: its endpoints, seen by all members, kept by its admins."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from apps.core import clock, ids
from apps.core.problems import Problem
from apps.tenants.choices import Role
from apps.tenants.models import Membership
from apps.tenants.queries import may
from apps.web import hears
from apps.web.access import for_members
from apps.web.webhook import actor, back, find, id_in, in_trouble, key_of, name_of, page, render_page
from apps.webhooks.models import Endpoint
from apps.webhooks.outbound import queries, wanted
from apps.webhooks.outbound.actions import keep
from apps.webhooks.outbound.wanted import EndpointInvalid

_FIELDS = {"url": "url", "description": "description"}


class EndpointForm(forms.Form):
    """An address, what it is for, and what it hears of."""

    url = forms.CharField(
        label="Address",
        error_messages={"required": "Say where to send to, such as https://example.com/hooks."},
    )
    description = forms.CharField(label="What is it for?", required=False)
    hears = forms.MultipleChoiceField(
        choices=hears.choices, error_messages={"required": "Tick what it shall hear of."}
    )

    def clean(self) -> dict[str, Any]:
        """Let the house check what the form alone cannot know, such as where the address leads."""
        given: dict[str, Any] = super().clean() or {}
        if self.errors:
            return given
        said = {**given, "event_types": hears.plain(given["hears"])}
        try:
            return wanted.check(said, whole=True)
        except EndpointInvalid as invalid:
            for problem in invalid.fields:
                self.add_error(_FIELDS.get(problem["field"], "hears"), problem["message"])
        return given


@for_members()
def show_all(request: HttpRequest, member: Membership) -> HttpResponse:
    """List the endpoints."""
    rows = list(queries.endpoints_of(tenant=member.tenant_id))
    backlogs, at = queries.backlogs(rows), clock.now()
    lines = [
        {
            "endpoint": one,
            "name": name_of(one),
            "hears": hears.in_words(one.event_types),
            "backlog": backlogs[one.pk],
            "in_trouble": in_trouble(one, at),
        }
        for one in rows
    ]
    context = {"lines": lines, "may_add": may(member, Role.ADMIN) and len(rows) < keep.MOST}
    return render_page(request, member, "webhooks", context)


@for_members(Role.ADMIN)
def add(request: HttpRequest, member: Membership) -> HttpResponse:
    """Keep a new endpoint; the page that follows shows its secret, this once."""
    if request.method != "POST":
        return _form(request, member, EndpointForm(initial={"hears": [hears.EVERYTHING]}))
    form, at = EndpointForm(request.POST), clock.now()
    if not form.is_valid():
        return _form(request, member, form, status=422)
    try:
        made = keep.create(
            form.cleaned_data,
            tenant=member.tenant_id,
            actor=actor(member),
            at=at,
            idempotency_key=key_of(request),
        )
    except Problem as problem:
        form.add_error(None, f"{problem.title}. {problem.detail}")
        return _form(request, member, form, status=problem.status)
    return page(request, member, made.endpoint, secret=made.secret)


@for_members(Role.ADMIN)
def change(request: HttpRequest, member: Membership, endpoint_id: UUID) -> HttpResponseBase:
    """Give it another address, or let it hear of other events."""
    endpoint, at = find(member, endpoint_id), clock.now()
    if request.method != "POST":
        said = {"url": endpoint.url, "description": endpoint.description, "hears": endpoint.event_types}
        return _form(request, member, EndpointForm(initial=said), endpoint=endpoint)
    form = EndpointForm(request.POST)
    if not form.is_valid():
        return _form(request, member, form, endpoint=endpoint, status=422)
    keep.change(endpoint.pk, form.cleaned_data, tenant=member.tenant_id, actor=actor(member), at=at)
    messages.success(request, "Saved. What is on its way goes to the new address.")
    return back(member, endpoint)


def _form(
    request: HttpRequest,
    member: Membership,
    form: EndpointForm,
    *,
    endpoint: Endpoint | None = None,
    status: int = 200,
) -> HttpResponse:
    chosen = set(form["hears"].value() or ())
    context = {
        "form": form,
        "endpoint": endpoint,
        "everything": hears.EVERYTHING in chosen,
        "groups": list(hears.groups(chosen)),
        "key": id_in(request.POST.get("key", "")) or ids.uuid7(),
    }
    return render_page(request, member, "webhook_form", context, status=status)
