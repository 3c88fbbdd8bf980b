"""Where people are told, and what they were told."""

from django.db import models
from django.db.models import Q

from apps.core import crypto
from apps.core.ids import uuid7
from apps.notifications.choices import ChannelKind, NoticeState
from apps.tenants.scoping import TenantManager


class Channel(models.Model):
    """One way to somebody: a person's e-mail, a tenant's chat room, or (without a tenant) a way to operations."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, null=True, related_name="+")
    person = models.ForeignKey("tenants.User", on_delete=models.CASCADE, null=True, related_name="+")
    kind = models.CharField(max_length=20, choices=ChannelKind.choices)
    name = models.CharField(max_length=200)  # as people know it; never the secret address
    target = models.TextField(blank=True)  # encrypted; a person's own address stands with the person
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    objects = TenantManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "person"],
                condition=Q(person__isnull=False),
                name="channel_once_per_member",
            ),
            models.CheckConstraint(
                name="channel_has_a_person_or_a_target",
                condition=Q(person__isnull=False, target="", kind="email", tenant__isnull=False)
                | (Q(person__isnull=True) & ~Q(target="")),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def lane_key(self) -> str:
        """The key of its lane."""
        return f"channel:{self.pk}"

    @property
    def shown_name(self) -> str:
        """Who or what is told, as people know it."""
        return self.person.email if self.person else self.name

    def address(self) -> str:
        """Return where a message goes, in clear. :raises CannotDecrypt: when its key is gone."""
        return self.person.email if self.person else crypto.decrypt(self.target, context=f"{self.pk}:target")


class Notice(models.Model):
    """One thing that people are told once: written when it is decided, carried by a job for each channel."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, null=True, related_name="+")
    key = models.CharField(max_length=200, unique=True)  # of the cause: two writers at once make one notice
    about = models.CharField(max_length=120)  # `grant:<id>` and the like
    subject = models.CharField(max_length=300)
    text = models.TextField()
    html = models.TextField()
    recipients = models.JSONField(default=list)  # channels by id, with the names that they had then
    state = models.CharField(max_length=20, choices=NoticeState.choices)
    created_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)

    objects = TenantManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="notice_told_iff_told_at",
                condition=Q(state="told", told_at__isnull=False)
                | (~Q(state="told") & Q(told_at__isnull=True)),
            )
        ]
        indexes = [
            models.Index(fields=["tenant", "-id"], name="notice_of_tenant"),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def names(self) -> list[str]:
        """To whom, as people know them."""
        return [str(one["name"]) for one in self.recipients]
