"""The engine's rows. The hot path writes them with SQL of its own (sql.py); everything else uses the ORM."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from apps.core.ids import uuid7
from apps.jobs.breaker import Breaker
from apps.jobs.choices import FINAL, AttemptOutcome, DeadLetterReason, HeldFor, JobState, Resolution
from apps.tenants.scoping import TenantManager


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


class Lane(models.Model):
    """The queue of one connection, grant, endpoint, channel or import source."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=80, unique=True)
    platform = models.CharField(max_length=20)
    scopes = ArrayField(models.CharField(max_length=80), default=list)  # the hold scopes that stop this lane
    ready_at = models.DateTimeField(null=True)
    control_ready_at = models.DateTimeField(null=True)
    held = models.BooleanField(default=False)  # a cache; the open holds are the truth
    leased_by = models.UUIDField(null=True)
    fence = models.BigIntegerField(default=0)
    served_at = models.DateTimeField(null=True)
    missed_before = models.DateTimeField(null=True)
    concurrency = models.PositiveSmallIntegerField(default=1)

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


class Bucket(models.Model):
    """Counts the calls that a scope may still make; one conditional UPDATE takes from it."""

    id = models.BigAutoField(primary_key=True)
    scope = models.CharField(max_length=120, unique=True)
    tokens = models.FloatField()
    refilled_at = models.DateTimeField()
    capacity = models.FloatField()
    per_minute = models.FloatField()

    def __str__(self) -> str:
        return self.scope


class Job(models.Model):
    """One durable unit of work."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    lane = models.ForeignKey(Lane, on_delete=models.CASCADE, related_name="+")
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="+")
    connection = models.UUIDField(null=True)
    platform = models.CharField(max_length=20)
    kind = models.CharField(max_length=40)
    args = models.JSONField()
    state = models.CharField(max_length=20, choices=JobState.choices, default=JobState.QUEUED)
    priority = models.PositiveSmallIntegerField(default=1)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    run_at = models.DateTimeField()
    ask_after = models.DateTimeField(null=True)
    skip_after = models.DateTimeField(null=True)
    admitted_at = models.DateTimeField(null=True)
    deadline = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    passes = ArrayField(models.CharField(max_length=40), default=list)  # reasons of holds that do not stop it

    step = models.CharField(max_length=40)
    at_commit = models.BooleanField(default=False)
    committed_at = models.DateTimeField(null=True)
    calls = models.PositiveSmallIntegerField(default=1)
    progress = models.JSONField(default=dict)

    runner = models.UUIDField(null=True)
    fence = models.BigIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0)
    tries = models.PositiveIntegerField(default=0)  # attempt rows so far, burnt or not
    throttles = models.PositiveIntegerField(default=0)
    looks = models.PositiveIntegerField(default=0)
    crashes = models.PositiveIntegerField(default=0)
    unknown_since = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)  # the last send without proof

    idempotency_key = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001 - null keeps the unique index partial
    body_hash = models.CharField(max_length=64, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True)
    allow_duplicate = models.BooleanField(default=False)
    cycle = models.UUIDField(default=uuid7)
    parent = models.UUIDField(null=True)

    held_for = models.CharField(max_length=20, choices=HeldFor.choices, blank=True)
    cancel_wanted = models.BooleanField(default=False)
    remote_id = models.CharField(max_length=200, blank=True)
    permalink = models.TextField(blank=True)
    result = models.JSONField(default=dict)
    error_code = models.CharField(max_length=40, blank=True)
    error_rule = models.CharField(max_length=80, blank=True)
    error_message = models.TextField(blank=True)
    actor = models.CharField(max_length=120, blank=True)

    objects = TenantManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "idempotency_key"],
                condition=Q(idempotency_key__isnull=False),
                name="job_idempotency_key_unique_per_tenant",
            ),
            models.UniqueConstraint(
                fields=["connection", "remote_id"],
                condition=Q(kind="publish") & ~Q(remote_id=""),
                name="job_publishes_a_remote_id_once_per_connection",
            ),
            models.UniqueConstraint(
                fields=["parent", "kind"], condition=Q(parent__isnull=False), name="job_replays_a_parent_once"
            ),
            models.CheckConstraint(
                name="job_finished_iff_final",
                condition=Q(finished_at__isnull=False, state__in=sorted(FINAL))
                | (Q(finished_at__isnull=True) & ~Q(state__in=sorted(FINAL))),
            ),
            models.CheckConstraint(
                name="job_runner_iff_running",
                condition=Q(runner__isnull=False, state="running")
                | (Q(runner__isnull=True) & ~Q(state="running")),
            ),
            models.CheckConstraint(
                name="job_held_for_iff_held",
                condition=(~Q(held_for="") & Q(state="held")) | (Q(held_for="") & ~Q(state="held")),
            ),
            models.CheckConstraint(
                name="job_verifies_only_after_an_unproven_send",
                condition=~Q(state="verifying") | Q(unknown_since__isnull=False),
            ),
            models.CheckConstraint(name="job_priority_is_0_1_or_2", condition=Q(priority__lte=2)),
        ]
        indexes = [
            models.Index(
                fields=["lane", "priority", "run_at", "id"],
                name="job_claim",
                condition=Q(state__in=["queued", "verifying", "waiting"]),
            ),
            models.Index(fields=["runner"], name="job_running", condition=Q(state="running")),
            models.Index(
                fields=["lane", "fingerprint"],
                name="job_unresolved_fingerprint",
                condition=Q(state__in=["held", "running", "verifying", "waiting"]) & ~Q(fingerprint=""),
            ),
            # Found by the sweep's side door: what killed two workers.
            models.Index(
                fields=["run_at"],
                name="job_quarantined",
                condition=Q(state__in=["queued", "verifying", "waiting"], crashes__gte=2),
            ),
            models.Index(
                fields=["connection", "fingerprint"], name="job_fingerprint", condition=~Q(fingerprint="")
            ),
            models.Index(fields=["connection", "-id"], name="job_of_connection"),
            models.Index(fields=["tenant", "-id"], name="job_of_tenant"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class Attempt(models.Model):
    """One try of a job's step at the outside; the row is committed before the call is made."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    step = models.CharField(max_length=40)
    number = models.PositiveIntegerField()
    fence = models.BigIntegerField()
    credential_version = models.PositiveIntegerField(null=True)
    started_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=20, choices=AttemptOutcome.choices, blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    rule_id = models.CharField(max_length=80, blank=True)
    confidence = models.CharField(max_length=20, blank=True)
    http_status = models.PositiveSmallIntegerField(null=True)
    latency_ms = models.PositiveIntegerField(null=True)
    request_id = models.CharField(max_length=200, blank=True)
    evidence = models.TextField(blank=True)
    late_evidence = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["job", "id"], name="attempt_of_job")]

    def __str__(self) -> str:
        return f"{self.step} #{self.number}"


class Tick(models.Model):
    """When a task that beat sends was last carried out: beat, the broker and the control worker are alive then."""

    name = models.CharField(max_length=80, primary_key=True)
    at = models.DateTimeField()  # the database's own time, which never travels

    def __str__(self) -> str:
        return self.name


class DeadLetter(models.Model):
    """A job that cannot go on by itself, with its evidence, until a person resolves it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    job = models.OneToOneField(Job, on_delete=models.CASCADE, related_name="+")
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="+")
    connection = models.UUIDField(null=True)
    platform = models.CharField(max_length=20)
    kind = models.CharField(max_length=40)
    payload = models.JSONField()
    reason = models.CharField(max_length=20, choices=DeadLetterReason.choices)
    error_code = models.CharField(max_length=40)
    action = models.CharField(max_length=30, blank=True)
    rule_id = models.CharField(max_length=80, blank=True)
    message = models.TextField(blank=True)
    evidence = models.TextField(blank=True)
    retries = models.PositiveIntegerField(default=0)
    first_attempt_at = models.DateTimeField(null=True)
    last_attempt_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.CharField(max_length=120, blank=True)
    resolution = models.CharField(max_length=20, choices=Resolution.choices, blank=True)
    note = models.TextField(blank=True)

    objects = TenantManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="dead_letter_resolved_by_somebody_somehow",
                condition=Q(resolved_at__isnull=True, resolution="")
                | (Q(resolved_at__isnull=False) & ~Q(resolution="") & ~Q(resolved_by="")),
            )
        ]
        indexes = [
            models.Index(
                fields=["created_at"], name="dead_letter_open", condition=Q(resolved_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.error_code}"
