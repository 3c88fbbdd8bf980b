"""Who does the work: the processes and their heartbeat, and the beat of the house."""

from datetime import datetime, timedelta

from django.db import models

from apps.core.ids import uuid7


class Runner(models.Model):
    """One pump process. Renewing every lease it holds is one UPDATE of this row."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=200)
    started_at = models.DateTimeField()
    heartbeat_at = models.DateTimeField()
    lease_until = models.DateTimeField()
    turned_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class Tick(models.Model):
    """When a task that beat sends was last carried out: beat, the broker and the control worker are alive then."""

    name = models.CharField(max_length=80, primary_key=True)
    at = models.DateTimeField()  # the database's own time, which never travels

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def take_turn(name: str, *, every: timedelta, at: datetime) -> bool:
        """Return True to one caller in so much time, whichever process it is in."""
        _, first = Tick.objects.get_or_create(name=name, defaults={"at": at})
        return first or Tick.objects.filter(name=name, at__lte=at - every).update(at=at) == 1
