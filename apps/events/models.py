"""The append-only event log: audit trail, outbox, timeline and live feed in one."""

from django.db import models

from apps.core.ids import uuid7


class Event(models.Model):
    """One thing that happened. Holds ids only; personal data lives in rows that can be erased."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.UUIDField(null=True)  # no foreign key: the log outlives what it tells of
    verb = models.CharField(max_length=80)
    subject = models.CharField(max_length=120)
    actor = models.CharField(max_length=120)
    at = models.DateTimeField()
    cycle = models.UUIDField(null=True)
    data = models.JSONField(default=dict)

    class Meta:
        # Partitioned by week and guarded by a trigger: the migration holds its SQL.
        indexes = [models.Index(fields=["subject", "-id"], name="event_of_subject")]

    def __str__(self) -> str:
        return f"{self.verb} {self.subject}"


class Cursor(models.Model):
    """How far a subscriber has read, and what keeps it from reading on."""

    name = models.CharField(max_length=80, primary_key=True)
    cursor = models.CharField(max_length=120, blank=True)
    trouble = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.name
