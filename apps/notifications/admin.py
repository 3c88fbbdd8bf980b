"""Channels and notices in the console: who is told, what was told, and a test for each way."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.validators import validate_email
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from apps.core import clock, ids
from apps.events.listing import ListAdmin, ReadOnlyAdmin, actor, asks, moment
from apps.notifications.actions import channels
from apps.notifications.actions.notify import notify
from apps.notifications.audience import Recipient
from apps.notifications.carriers import chat_room
from apps.notifications.choices import ChannelKind
from apps.notifications.letter import write
from apps.notifications.models import Channel, Notice


class WayToOperationsForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new way to operations; the address is typed once and never shown again."""

    address = forms.CharField(
        help_text="An e-mail address, or for a chat an address of the Apprise library, such as slack://..."
    )

    class Meta:
        model = Channel
        fields = ("kind", "name")

    def clean_address(self) -> str:
        """An e-mail must be one, and a chat must be known to the library."""
        address: str = self.cleaned_data["address"].strip()
        if self.cleaned_data.get("kind") == ChannelKind.EMAIL:
            validate_email(address)
        elif chat_room(address) is None:
            raise forms.ValidationError("The Apprise library does not know this kind of address.")
        return address


@admin.register(Channel)
class ChannelAdmin(ListAdmin):
    """Every way to tell somebody. Tenants choose their own; the ones of operations are added here."""

    list_display = ("shown", "kind", "whose", "enabled", "created_at")
    list_filter = ("kind", "enabled")
    search_fields = ("name", "person__email", "tenant__name")
    list_select_related = ("tenant", "person")
    actions = ("send_test", "switch_on", "switch_off", "remove_selected")
    form = WayToOperationsForm
    fields = ("kind", "name", "address")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Channel]:
        return Channel.objects.across_tenants().order_by("-id")

    @display(description="Whom")
    def shown(self, channel: Channel) -> str:
        return channel.shown_name

    @display(description="Whose")
    def whose(self, channel: Channel) -> str:
        return channel.tenant.name if channel.tenant else "Operations"

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's signature
        said = form.cleaned_data
        made = channels.add_way_to_operations(
            kind=ChannelKind(said["kind"]),
            name=said["name"],
            address=said["address"],
            actor=actor(request),
            at=clock.now(),
        )
        obj.pk = made.pk

    @admin.action(description="Send a test", permissions=["add"])
    def send_test(self, request: HttpRequest, queryset: QuerySet[Channel]) -> None:
        for channel in queryset:
            _send_test(channel, request)
        messages.success(request, "Under way. Its job says what became of it.")

    @admin.action(description="Switch on", permissions=["add"])
    def switch_on(self, request: HttpRequest, queryset: QuerySet[Channel]) -> None:
        _switch(request, queryset, on=True)

    @admin.action(description="Switch off", permissions=["add"])
    def switch_off(self, request: HttpRequest, queryset: QuerySet[Channel]) -> None:
        _switch(request, queryset, on=False)

    @admin.action(description="Remove (ways to operations only)", permissions=["add"])
    @asks("Nothing is sent there any more. Tenants' own ways are left alone.")
    def remove_selected(self, request: HttpRequest, queryset: QuerySet[Channel]) -> None:
        for channel in queryset.filter(tenant=None):
            channels.remove(channel, actor=actor(request), at=clock.now())
        messages.success(request, "Removed. Tenants remove their own.")

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin):
    """What people were told, and what became of it."""

    list_display = ("subject", "whom", "shown_state", "made", "told", "tenant")
    list_filter = ("state",)
    search_fields = ("subject", "about")
    list_select_related = ("tenant",)
    export_fields = ("id", "subject", "state", "about", "tenant__name", "created_at", "told_at")
    fields = ("subject", "letter", "whom", "state", "about", "key", "created_at", "told_at", "tenant")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Notice]:
        return Notice.objects.across_tenants().order_by("-id")

    @display(description="Text")
    def letter(self, notice: Notice) -> SafeString:
        return format_html("<div class='said'>{}</div>", notice.text)

    @display(description="Made (UTC)")
    def made(self, notice: Notice) -> SafeString | str:
        return moment(notice.created_at)

    @display(description="Told (UTC)")
    def told(self, notice: Notice) -> SafeString | str:
        return moment(notice.told_at) or "not yet"

    @display(description="Whom")
    def whom(self, notice: Notice) -> str:
        return ", ".join(notice.names) or "nobody"

    @display(
        description="State",
        label={"told": "success", "failed": "danger", "nobody": "warning", "waiting": "info"},
    )
    def shown_state(self, notice: Notice) -> tuple[str, str]:
        return notice.state, notice.get_state_display()


def _switch(request: HttpRequest, queryset: QuerySet[Channel], *, on: bool) -> None:
    done = sum(channels.switch(channel, on=on, actor=actor(request), at=clock.now()) for channel in queryset)
    messages.success(request, f"{done} switched {'on' if on else 'off'}.")


def _send_test(channel: Channel, request: HttpRequest) -> None:
    at = clock.now()
    notify(
        key=f"test:{ids.uuid7()}",
        letter=write("hello", {"who": str(request.user)}),
        to=[Recipient(channel, at)],
        tenant=channel.tenant_id,
        about=channel.lane_key,
        actor=actor(request),
        at=at,
    )
