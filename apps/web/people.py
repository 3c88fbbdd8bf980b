"""Who belongs to the team: seen by all members, changed by its admins."""

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.mail import send_mail
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_POST

from apps.core import clock
from apps.core.problems import Problem
from apps.events import log
from apps.tenants import queries
from apps.tenants.actions import invite as inviting
from apps.tenants.actions import members
from apps.tenants.choices import Role
from apps.tenants.models import Invitation, Membership
from apps.web.access import for_members


class InviteForm(forms.Form):
    """An address and a role."""

    email = forms.EmailField(label="E-mail address")
    role = forms.ChoiceField(label="May", choices=Role.choices, initial=Role.OPERATOR)


@for_members()
def show(request: HttpRequest, member: Membership) -> HttpResponse:
    """List the team."""
    return _page(request, member, InviteForm())


@require_POST
@for_members(Role.ADMIN)
def invite(request: HttpRequest, member: Membership) -> HttpResponseBase:
    """Send an invitation by e-mail."""
    form, at = InviteForm(request.POST), clock.now()
    if not form.is_valid():
        return _page(request, member, form, status=422)
    address, role = form.cleaned_data["email"], Role(form.cleaned_data["role"])
    try:
        with transaction.atomic():
            found, secret = inviting.invite(
                tenant=member.tenant_id, email=address, role=role, actor=_actor(member), at=at
            )
            _record(member, "member.invited", invitation=str(found.pk), role=role)
            transaction.on_commit(lambda: _send(found, member, secret))
    except Problem as problem:
        form.add_error("email", problem.detail)
        return _page(request, member, form, status=problem.status)
    messages.success(request, f"We sent an invitation to {found.email}. It is valid for a week.")
    return _back(member)


@require_POST
@for_members(Role.ADMIN)
def withdraw(request: HttpRequest, member: Membership) -> HttpResponseBase:
    """Make an open invitation worthless."""
    with transaction.atomic():
        if inviting.withdraw(tenant=member.tenant_id, email=request.POST.get("email", ""), at=clock.now()):
            _record(member, "member.uninvited")
            messages.success(request, "The invitation is withdrawn.")
    return _back(member)


@require_POST
@for_members(Role.ADMIN)
def change(request: HttpRequest, member: Membership, member_id: UUID) -> HttpResponseBase:
    """Give a member another role, or end the membership."""
    wanted = request.POST.get("role", "")
    try:
        with transaction.atomic():
            if wanted == "remove":
                gone = members.remove(tenant=member.tenant_id, member=member_id)
                _record(member, "member.removed", user=str(gone.user_id))
            elif wanted in Role.values:
                row = members.set_role(tenant=member.tenant_id, member=member_id, role=Role(wanted))
                _record(member, "member.role_changed", user=str(row.user_id), role=wanted)
            else:
                raise Http404
    except Membership.DoesNotExist:
        raise Http404 from None
    except members.LastAdmin as problem:
        messages.error(request, f"{problem.title}. {problem.detail}")
    return _back(member)


def _page(request: HttpRequest, member: Membership, form: InviteForm, *, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {
        "tenant": member.tenant,
        "member": member,
        "people": queries.members_of(member.tenant_id),
        "invitations": queries.open_invitations(member.tenant_id, at=clock.now()),
        "may_change": queries.may(member, Role.ADMIN),
        "roles": Role.choices,
        "form": form,
    }
    return render(request, "web/people.html", context, status=status)


def _send(invitation: Invitation, member: Membership, secret: str) -> None:
    link = f"{settings.PUBLIC_URL}{reverse('invitation', args=[secret])}"
    words = render_to_string(
        "web/mail/invitation.txt", {"tenant": member.tenant, "by": member.user, "link": link}
    )
    send_mail(f"Join {member.tenant.name} on Reknit", words, None, [invitation.email])


def _record(member: Membership, verb: str, **data: str) -> None:
    log.record(
        verb,
        tenant=member.tenant_id,
        subject=f"tenant:{member.tenant_id}",
        actor=_actor(member),
        at=clock.now(),
        data=data,
    )


def _actor(member: Membership) -> str:
    return f"user:{member.user_id}"


def _back(member: Membership) -> HttpResponseBase:
    return redirect("people", slug=member.tenant.slug)
