"""The other end of an invitation: the person comes in, new or known."""

from typing import Any

from django import forms
from django.contrib.auth import login, password_validation
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render

from apps.core import clock
from apps.core.problems import Problem
from apps.events import log
from apps.tenants import queries
from apps.tenants.actions import invite as inviting
from apps.tenants.models import Invitation, User
from apps.web.access import person


class NewPerson(forms.Form):
    """A name and a password."""

    name = forms.CharField(label="Your name", max_length=200)
    password = forms.CharField(label="Choose a password", widget=forms.PasswordInput)

    def clean_password(self) -> str:
        """Apply the installation's rules for passwords."""
        chosen: str = self.cleaned_data["password"]
        password_validation.validate_password(chosen)
        return chosen


def accept(request: HttpRequest, secret: str) -> HttpResponseBase:
    """Show the invitation; take it up on POST."""
    try:
        found = inviting.find(secret, at=clock.now())
        known = queries.user_by_email(found.email)
        if request.method == "POST" and (request.user.is_authenticated or known is None):
            return _take_up(request, found, secret)
    except Problem as problem:
        return render(request, "web/invitation_over.html", {"problem": problem}, status=problem.status)
    return _page(request, found, None if known else NewPerson(), known)


def _take_up(request: HttpRequest, found: Invitation, secret: str) -> HttpResponseBase:
    at = clock.now()
    form = None if request.user.is_authenticated else NewPerson(request.POST)
    if form and not form.is_valid():
        return _page(request, found, form, None, status=422)
    with transaction.atomic():
        user = _create(found, form) if form else queries.user(person(request))
        member = inviting.accept(secret=secret, user=user, at=at)
        log.record(
            "member.joined",
            tenant=member.tenant_id,
            subject=f"tenant:{member.tenant_id}",
            actor=f"user:{user.pk}",
            at=at,
        )
    if form:
        login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    return redirect("connections", slug=found.tenant.slug)


def _create(found: Invitation, form: NewPerson) -> User:
    return User.objects.create_user(
        found.email, form.cleaned_data["password"], name=form.cleaned_data["name"]
    )


def _page(
    request: HttpRequest,
    found: Invitation,
    form: NewPerson | None,
    known: User | None,
    *,
    status: int = 200,
) -> HttpResponseBase:
    context: dict[str, Any] = {"invitation": found, "form": form, "known": known}
    return render(request, "web/invitation.html", context, status=status)
