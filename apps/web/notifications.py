"""What the team was told, when and whom; who is told next time, and where."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from apps.core import clock
from apps.events import log
from apps.notifications import queries
from apps.notifications.actions import channels
from apps.notifications.actions.notify import notify
from apps.notifications.audience import Recipient
from apps.notifications.letter import write
from apps.notifications.models import Channel
from apps.notifications.rooms import SERVICES, RoomUnknown
from apps.tenants.actions.notify_on import tell
from apps.tenants.choices import NotifyOn, Role
from apps.tenants.models import Membership
from apps.tenants.queries import may
from apps.web.access import for_members

MOST = 50


class MeForm(forms.Form):
    """Whether I am told, and when not."""

    wanted = forms.BooleanField(required=False)
    quiet_from = forms.TimeField(required=False)
    quiet_until = forms.TimeField(required=False)

    def clean(self) -> dict[str, Any]:
        """Quiet hours have both ends or none."""
        given: dict[str, Any] = super().clean() or {}
        if (given.get("quiet_from") is None) != (given.get("quiet_until") is None):
            self.add_error(
                "quiet_until", "Say both when the quiet hours begin and when they end, or neither."
            )
        return given


class RoomForm(forms.Form):
    """The address of a chat room."""

    address = forms.CharField(label="Webhook address of the room", max_length=1000)


@for_members()
def show(request: HttpRequest, member: Membership) -> HttpResponse:
    """List what was told, and the ways to tell."""
    return _page(request, member)


@require_POST
@for_members(Role.OPERATOR)
def tell_me(request: HttpRequest, member: Membership) -> HttpResponseBase:
    """Switch the own e-mail on or off, and set quiet hours."""
    form = MeForm(request.POST)
    if not form.is_valid():
        return _page(request, member, me=form, status=422)
    with transaction.atomic():
        tell(member, NotifyOn.PAUSES, **form.cleaned_data)
        log.record(
            "member.notify_changed",
            tenant=member.tenant_id,
            subject=f"tenant:{member.tenant_id}",
            actor=_actor(member),
            at=clock.now(),
            data={
                "user": str(member.user_id),
                "before": NotifyOn.PAUSES in member.notify_on,
                "after": form.cleaned_data["wanted"],
            },
        )
    messages.success(request, "Saved.")
    return _back(member)


@require_POST
@for_members(Role.ADMIN)
def add_room(request: HttpRequest, member: Membership) -> HttpResponseBase:
    """Add a chat room and say hello in it, so that a wrong address shows at once."""
    form, at = RoomForm(request.POST), clock.now()
    if not form.is_valid():
        return _page(request, member, room=form, status=422)
    try:
        with transaction.atomic():
            room = channels.add_room(
                tenant=member.tenant_id,
                address=form.cleaned_data["address"].strip(),
                actor=_actor(member),
                at=at,
            )
            _say_hello(room, member)
    except RoomUnknown as problem:
        form.add_error("address", problem.detail)
        return _page(request, member, room=form, status=problem.status)
    messages.success(
        request, f"We said hello in your {room.name}. If nothing is there, remove it and try again."
    )
    return _back(member)


@require_POST
@for_members(Role.ADMIN)
def remove_room(request: HttpRequest, member: Membership, room: UUID) -> HttpResponseBase:
    """Forget a chat room and its address."""
    try:
        found = queries.room(room, tenant=member.tenant_id)
    except Channel.DoesNotExist:
        raise Http404 from None
    channels.remove(found, actor=_actor(member), at=clock.now())
    messages.success(request, f"We no longer write to your {found.name}.")
    return _back(member)


def _say_hello(room: Channel, member: Membership) -> None:
    at = clock.now()
    notify(
        key=f"hello:{room.pk}",
        letter=write("hello", {"who": member.user.name or member.user.email}),
        to=[Recipient(room, at)],
        tenant=member.tenant_id,
        about=room.lane_key,
        actor=_actor(member),
        at=at,
    )


def _page(
    request: HttpRequest,
    member: Membership,
    *,
    me: MeForm | None = None,
    room: RoomForm | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "tenant": member.tenant,
        "member": member,
        "notices": queries.notices_of(tenant=member.tenant_id)[:MOST],
        "rooms": queries.rooms_of(tenant=member.tenant_id),
        "told": NotifyOn.PAUSES in member.notify_on,
        "may_be_told": may(member, Role.OPERATOR),
        "may_change": may(member, Role.ADMIN),
        "services": [service.name for service in SERVICES],
        "me": me,
        "room_form": room or RoomForm(),
    }
    return render(request, "web/notifications.html", context, status=status)


def _actor(member: Membership) -> str:
    return f"user:{member.user_id}"


def _back(member: Membership) -> HttpResponseBase:
    return redirect("notifications", slug=member.tenant.slug)
