"""Work: the jobs, their tries, and what could not be done."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from apps.core.ids import uuid7
from apps.errors.codes import ErrorCode
from apps.errors.taxonomy import get_taxonomy_entry
from apps.jobs.choices import (
    FINAL,
    AttemptOutcome,
    DeadLetterReason,
    HeldFor,
    JobState,
    Resolution,
)
from apps.jobs.models.lanes import Lane
from apps.tenants.scoping import TenantManager


def one_write() -> dict[str, int]:
    """What a step calls that says nothing else."""
    return {"write": 1}


class Job(models.Model):
    """One durable unit of work."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    # The row is written while its lane is locked, and takes its tenant from there: a constraint would ask once more for
    # each job, and lock the tenant's row with it. What is looked for by lane has an index of its own below (ADR 14).
    lane = models.ForeignKey(
        Lane, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    tenant = models.ForeignKey(
        "tenants.Tenant",
        on_delete=models.CASCADE,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
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
    calls = models.JSONField(default=one_write)  # of the next step, by budget
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
    request = models.UUIDField(null=True)  # the request that it was accepted with
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
            models.CheckConstraint(
                name="job_without_a_tenant_touches_no_connection",
                condition=Q(tenant__isnull=False) | Q(connection__isnull=True),
            ),
        ]
        indexes = [
            models.Index(
                fields=["lane", "priority", "run_at", "id"],
                name="job_claim",
                condition=Q(state__in=["queued", "verifying", "waiting"]),
            ),
            models.Index(
                fields=["lane", "run_at"],
                name="job_control",
                condition=Q(state__in=["queued", "verifying", "waiting"]) & ~Q(passes=[]),
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
            # For pruning: what has ended, and where some post may be out or not.
            models.Index(fields=["finished_at"], name="job_ended", condition=Q(finished_at__isnull=False)),
            models.Index(
                fields=["connection"],
                name="job_in_doubt",
                condition=Q(unknown_since__isnull=False, finished_at__isnull=True),
            ),
            models.Index(fields=["tenant", "-id"], name="job_of_tenant"),
            # Few are held: the console counts and lists them without looking at the others.
            models.Index(fields=["held_for", "id"], name="job_held", condition=Q(state="held")),
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
        indexes = [
            models.Index(fields=["job", "id"], name="attempt_of_job"),
            # Failures only: what went well is written without it, and stays where it was on its page.
            models.Index(fields=["request_id"], name="attempt_of_request", condition=~Q(request_id="")),
        ]

    def __str__(self) -> str:
        return f"{self.step} #{self.number}"


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
    edit = models.JSONField(null=True)  # old and new arguments, when it was replayed with others

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
            # Counted by cause for as long as somebody looks at Home: from this alone, in its order.
            models.Index(
                fields=["platform", "error_code", "rule_id", "created_at"],
                name="dead_letter_causes",
                condition=Q(resolved_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.error_code}"

    @property
    def runbook(self) -> str:
        """The name of the page that says what to do."""
        return get_taxonomy_entry(ErrorCode(self.error_code)).runbook
