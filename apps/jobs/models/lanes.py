"""Where work waits, and what keeps it from starting."""

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from apps.core.ids import uuid7
from apps.jobs.breaker import Breaker
from apps.tenants.scoping import TenantManager

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Lane(models.Model):
    """The queue of one connection, grant, endpoint, channel or import source."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey(
        "tenants.Tenant", on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )
    key = models.CharField(max_length=80)
    platform = models.CharField(max_length=20)
    scopes = ArrayField(models.CharField(max_length=80), default=list)  # the hold scopes that stop this lane
    ready_at = models.DateTimeField(null=True)
    control_ready_at = models.DateTimeField(null=True)
    held = models.BooleanField(default=False)  # a cache; the open holds are the truth
    leased_by = models.UUIDField(null=True)
    fence = models.BigIntegerField(default=0)
    served_at = models.DateTimeField(null=True)
    waits_for = models.CharField(
        max_length=160, blank=True
    )  # the bucket that was empty when it was last passed over
    missed_before = models.DateTimeField(null=True)
    concurrency = models.PositiveSmallIntegerField(default=1)
    # For each priority a place (run_at, id) before which no job waits; apps.jobs.sql keeps them.
    head0_at = models.DateTimeField(db_default=EPOCH)
    head0_id = models.UUIDField(db_default=UUID(int=0))
    head1_at = models.DateTimeField(db_default=EPOCH)
    head1_id = models.UUIDField(db_default=UUID(int=0))
    head2_at = models.DateTimeField(db_default=EPOCH)
    head2_id = models.UUIDField(db_default=UUID(int=0))
    solo = models.BooleanField(default=False, db_default=False)  # the bulk worker's, never the engine's

    objects = TenantManager()

    class Meta:
        indexes = [
            models.Index(
                fields=["ready_at"],
                name="lane_ready",
                condition=Q(ready_at__isnull=False, leased_by__isnull=True),
            ),
            models.Index(
                fields=["control_ready_at"],
                name="lane_control_ready",
                condition=Q(control_ready_at__isnull=False, leased_by__isnull=True),
            ),
            models.Index(fields=["leased_by"], name="lane_leased", condition=Q(leased_by__isnull=False)),
        ]
        # No unique field, which would have a second index for LIKE: each call writes its lane twice, into every index.
        constraints = [models.UniqueConstraint(fields=["key"], name="lane_once_per_key")]

    def __str__(self) -> str:
        return self.key


class Hold(models.Model):
    """A reason why lanes must not start; closed only by its own cause."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    scope = models.CharField(max_length=80)
    reason = models.CharField(max_length=80)
    sentence = models.TextField()
    who = models.CharField(max_length=200, blank=True)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["scope", "reason"],
                condition=Q(closed_at__isnull=True),
                name="hold_open_once_per_scope_and_reason",
            )
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.reason}"


class LaneBreaker(models.Model):
    """A lane whose partner failed lately; most lanes have none."""

    lane = models.OneToOneField(Lane, primary_key=True, on_delete=models.CASCADE, related_name="+")
    recent = models.JSONField(default=list)
    until = models.DateTimeField(null=True)
    rests = models.PositiveSmallIntegerField(default=0)
    probes = models.PositiveSmallIntegerField(default=0)
    since = models.DateTimeField(null=True)  # when it first opened, without having closed

    def __str__(self) -> str:
        return f"{self.lane_id} until {self.until}"

    @staticmethod
    def keep(breakers: Mapping[UUID, Breaker]) -> None:
        """Write breakers by lane, and forget those that say nothing any more."""
        LaneBreaker.objects.bulk_create(
            [
                LaneBreaker(
                    lane_id=lane,
                    recent=[[when.isoformat(), worked] for when, worked in one.recent],
                    until=one.until,
                    rests=one.rests,
                    probes=one.probes,
                    since=one.since,
                )
                for lane, one in breakers.items()
                if not one.is_new
            ],
            update_conflicts=True,
            unique_fields=["lane"],
            update_fields=["recent", "until", "rests", "probes", "since"],
        )
        LaneBreaker.objects.filter(lane__in=[lane for lane, one in breakers.items() if one.is_new]).delete()

    @property
    def value(self) -> Breaker:
        """The breaker that this row keeps."""
        recent = tuple((datetime.fromisoformat(when), bool(worked)) for when, worked in self.recent)
        return Breaker(recent, self.until, self.rests, self.probes, self.since)
