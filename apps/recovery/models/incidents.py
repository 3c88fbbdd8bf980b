"""Incidents: one cause at a partner, the lanes it hit, and what was tried to see whether it is over."""

from django.db import models
from django.db.models import Q

from apps.connections.choices import Platform
from apps.core.ids import uuid7
from apps.recovery.choices import Family, IncidentEnd, IncidentState, Stage
from apps.recovery.incidents import Cause
from apps.tenants.scoping import TenantManager


class Incident(models.Model):
    """One cause seen over many connections; belongs to the installation, not to a tenant."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    platform = models.CharField(max_length=20)
    family = models.CharField(max_length=20, choices=Family.choices)
    signature = models.CharField(max_length=140, blank=True)  # code and rule, of family signature only
    drill = models.CharField(max_length=36, blank=True, default="", db_default="")  # on whose stage it is met
    state = models.CharField(max_length=20, choices=IncidentState.choices, default=IncidentState.OPEN)
    codes = models.JSONField(default=dict)  # what was seen at the opening: code -> connections
    first_seen = models.DateTimeField()
    opened_at = models.DateTimeField()
    stage = models.CharField(max_length=10, choices=Stage.choices, blank=True)
    stage_at = models.DateTimeField()  # of the last round, or of the last step of the release
    failing_since = models.DateTimeField(null=True)  # the held fail while the others work
    others_failed = models.BooleanField(default=False)  # the last of the others that was tried failed too
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=120, blank=True)
    end = models.CharField(max_length=20, choices=IncidentEnd.choices, blank=True)
    tenants = models.PositiveIntegerField(default=0)  # the figures at the end
    connections = models.PositiveIntegerField(default=0)
    jobs = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["platform", "family", "signature", "drill"],
                condition=Q(closed_at__isnull=True),
                name="incident_open_once_per_cause",
            ),
            models.CheckConstraint(
                name="incident_closed_by_somebody_somehow",
                condition=(~Q(state="closed") & Q(closed_at__isnull=True, closed_by="", end=""))
                | (Q(state="closed", closed_at__isnull=False) & ~Q(closed_by="") & ~Q(end="")),
            ),
            models.CheckConstraint(
                name="incident_signature_iff_of_that_family",
                condition=(Q(family="signature") & ~Q(signature=""))
                | (~Q(family="signature") & Q(signature="")),
            ),
        ]
        permissions = [("act_on_incident", "Can release, close and prompt")]

    def __str__(self) -> str:
        return f"{self.platform} {self.family} {self.first_seen:%d %b %H:%M}"

    @property
    def cause(self) -> Cause:
        """What its failures have in common."""
        return Cause(self.platform, Family(self.family), self.signature, self.drill)

    @property
    def reason(self) -> str:
        """The reason of its holds."""
        return f"incident:{self.pk}"

    @property
    def actor(self) -> str:
        """Who acts when it acts by itself."""
        return f"system:incident:{self.pk}"

    def get_platform_display(self) -> str:
        """Return the partner's name, or our own word where it is no partner."""
        return dict(Platform.choices).get(self.platform, self.platform)


class Hit(models.Model):
    """A lane that an incident's cause has hit."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="+")
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="+")
    lane = models.ForeignKey("jobs.Lane", on_delete=models.CASCADE, related_name="+")
    connection = models.UUIDField(null=True)
    code = models.CharField(max_length=40)
    rule = models.CharField(max_length=80, blank=True)
    held_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)  # tries of ours that met the cause again

    objects = TenantManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident", "lane"], name="hit_once_per_incident_and_lane")
        ]

    def __str__(self) -> str:
        return f"{self.lane_id} by {self.incident_id}"


class Trial(models.Model):
    """One job that shows whether an incident is over: a canary, or a check of a connection."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="+")
    lane = models.ForeignKey("jobs.Lane", on_delete=models.CASCADE, related_name="+")
    job = models.ForeignKey("jobs.Job", on_delete=models.CASCADE, related_name="+")
    held = models.BooleanField()  # of a lane that was hit, else of one that works
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    passed = models.BooleanField(null=True)

    class Meta:
        indexes = [models.Index(fields=["incident", "-began_at"], name="trial_of_incident")]
        constraints = [
            models.CheckConstraint(
                name="trial_ended_iff_judged",
                condition=Q(ended_at__isnull=True, passed__isnull=True)
                | Q(ended_at__isnull=False, passed__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.job_id} for {self.incident_id}"
