"""What partners tell us: POSTs as they came, the events in them, and what is remembered so that each acts once."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from apps.connections.choices import Platform
from apps.core.ids import uuid7
from apps.webhooks.inbound.choices import Act, Ending, ErasureState, IntakeState


class Intake(models.Model):
    """One POST that a partner has proved to be its own, byte by byte. Partitioned by week: see the migration."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    receiver = models.CharField(max_length=40)
    platform = models.CharField(max_length=20, choices=Platform.choices)
    signer = models.CharField(max_length=20, blank=True)  # whose secret proved it: Meta has two apps
    vouched = models.UUIDField(
        null=True
    )  # the connection whose own address it came to; nobody signed it then
    body = models.BinaryField()
    at = models.DateTimeField()
    state = models.CharField(max_length=20, choices=IntakeState.choices, default=IntakeState.NEW)
    read_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=300, blank=True)
    replays = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = "partner webhook"
        indexes = [models.Index(fields=["id"], name="intake_to_read", condition=Q(state="new"))]
        permissions = [("replay_intake", "Can replay")]

    def __str__(self) -> str:
        return f"{self.receiver} {self.id}"


class IncomingEvent(models.Model):
    """One event of such a POST, and what became of it. Partitioned by week as well."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    intake = models.UUIDField()  # no foreign key between tables whose weeks are dropped
    receiver = models.CharField(max_length=40)
    kind = models.CharField(max_length=80)  # the partner's word
    about = models.CharField(max_length=200, blank=True)  # the account or person, as the partner names it
    happened_at = models.DateTimeField(null=True)
    act = models.CharField(max_length=20, choices=Act.choices)
    ending = models.CharField(max_length=20, choices=Ending.choices)
    connections = ArrayField(models.UUIDField(), default=list)
    note = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = "partner event"
        indexes = [
            models.Index(fields=["intake"], name="incoming_event_of_intake"),
            models.Index(fields=["about"], name="incoming_event_about", condition=~Q(about="")),
        ]

    def __str__(self) -> str:
        return f"{self.receiver} {self.kind}"


class Seen(models.Model):
    """A POST or event that has been here: for a week whoever brings it again changes nothing."""

    key = models.UUIDField(primary_key=True, editable=False)  # half of a SHA-256
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return str(self.key)


class Refusal(models.Model):
    """What came without proof: counted by the hour, with the first of each hour as a sample. Nothing else is kept of it."""

    receiver = models.CharField(max_length=40)
    why = models.CharField(max_length=40)
    hour = models.DateTimeField(db_index=True)
    count = models.BigIntegerField(default=1)
    last_at = models.DateTimeField()
    sample = models.JSONField(default=dict)  # where from, by what, how long; never what

    class Meta:
        verbose_name = "refused webhook"
        constraints = [
            models.UniqueConstraint(
                fields=["receiver", "why", "hour"], name="refusal_once_per_receiver_reason_and_hour"
            )
        ]

    def __str__(self) -> str:
        return f"{self.receiver} {self.why} x{self.count}"


class SigningKeys(models.Model):
    """The keys that a partner signs with, as last fetched. The old ones count until new ones have come."""

    name = models.CharField(max_length=40, primary_key=True)
    issuer = models.CharField(max_length=200, blank=True)
    keys = models.JSONField(default=list)  # JSON web keys
    fetched_at = models.DateTimeField(null=True)
    tried_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name_plural = "signing keys"

    def __str__(self) -> str:
        return self.name


class Erasure(models.Model):
    """A person's wish that we erase their data, as a partner passed it on; the person is forgotten with it."""

    code = models.CharField(max_length=40, primary_key=True)
    platform = models.CharField(max_length=20, choices=Platform.choices)
    login = models.CharField(max_length=20, blank=True)
    person = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=20, choices=ErasureState.choices, default=ErasureState.ASKED)
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    connections = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="erasure_done_forgets_the_person",
                condition=Q(state="asked", done_at__isnull=True)
                | Q(state="done", done_at__isnull=False, person=""),
            )
        ]

    def __str__(self) -> str:
        return self.code
