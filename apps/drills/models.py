"""Runs of drills with their report cards."""

from datetime import timedelta
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from apps.core.ids import uuid7
from apps.drills.choices import DrillName, RunState, Verdict
from apps.tenants.scoping import TenantManager


class DrillRun(models.Model):
    """One drill on some connections of one tenant, and what it showed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=30, choices=DrillName.choices)
    connections = ArrayField(models.UUIDField())
    state = models.CharField(max_length=10, choices=RunState.choices, default=RunState.ASKED)
    duration = models.DurationField()  # of what is broken by the clock
    rate = models.PositiveIntegerField()  # calls a minute, where that is what is broken
    refresh_works = models.BooleanField(default=False)  # of expire_token: a renewal heals it
    cap = models.PositiveIntegerField()  # so many jobs may wait or fail, then it aborts by itself
    actor = models.CharField(max_length=120)
    asked_at = models.DateTimeField()
    until = models.DateTimeField()  # it ends by itself then, whatever it has shown
    started_at = models.DateTimeField(null=True)
    detected_at = models.DateTimeField(null=True)
    healed_at = models.DateTimeField(null=True)  # when what was broken by the clock was mended
    recovered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    abort_wanted = models.CharField(max_length=120, blank=True)  # by whom
    busy_until = models.DateTimeField(null=True)  # a step is under way somewhere
    numbers = models.JSONField(default=dict)
    verdict = models.CharField(max_length=10, choices=Verdict.choices, blank=True)
    why = models.TextField(blank=True)  # of a verdict that is no good one

    objects = TenantManager()

    class Meta:
        permissions = [("run_drill", "Can start and abort drills")]
        indexes = [models.Index(fields=["id"], name="drill_open", condition=Q(ended_at__isnull=True))]
        constraints = [
            models.CheckConstraint(
                name="drill_ended_with_a_verdict",
                condition=Q(state="ended", ended_at__isnull=False) & ~Q(verdict="")
                | Q(ended_at__isnull=True, verdict="") & ~Q(state="ended"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.asked_at:%d %b %H:%M}"

    @property
    def key(self) -> str:
        """Its id, as routes, posts and orders at the stage carry it."""
        return str(self.pk)

    @property
    def by(self) -> str:
        """Who acts when it acts by itself."""
        return f"system:drill:{self.pk}"

    @property
    def detected_after(self) -> timedelta | None:
        """How long it took until the house noticed."""
        return self.detected_at - self.started_at if self.detected_at and self.started_at else None

    @property
    def recovered_after(self) -> timedelta | None:
        """How long it took until all was well again."""
        return self.recovered_at - self.started_at if self.recovered_at and self.started_at else None

    def post_key(self, connection: UUID, number: int) -> str:
        """Return the key under which a post of its own is accepted once."""
        return f"drill:{self.pk}:{connection}:{number}"
