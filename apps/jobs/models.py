"""The engine's rows. The hot path writes them with SQL of its own (`sql`); everything else uses the ORM."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from apps.core.ids import uuid7
from apps.errors.codes import ErrorCode
from apps.errors.retry import RetryPolicy
from apps.errors.taxonomy import get_taxonomy_entry
from apps.jobs.breaker import Breaker
from apps.jobs.choices import (
    FINAL,
    AttemptOutcome,
    DeadLetterReason,
    HeldFor,
    JobState,
    Resolution,
    RetryJitter,
    RetryStrategy,
)
from apps.jobs.limits import Budget, Per
from apps.tenants.scoping import TenantManager

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def one_write() -> dict[str, int]:
    """What a step calls that says nothing else."""
    return {"write": 1}


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


class Bucket(models.Model):
    """Counts the calls of one scope and budget: what was used and has not come back yet."""

    id = models.BigAutoField(primary_key=True)
    scope = models.CharField(max_length=120)
    budget = models.CharField(max_length=20)
    platform = models.CharField(max_length=20)
    per = models.CharField(max_length=20)
    used = models.FloatField(default=0)
    refilled_at = models.DateTimeField()
    # An operator's word for this bucket alone; null: what holds for its platform.
    burst = models.FloatField(null=True, blank=True)
    per_minute = models.FloatField(null=True, blank=True)
    # The partner said how much of it is gone.
    slowed_to = models.FloatField(default=1)
    slowed_until = models.DateTimeField(null=True)
    short_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scope", "budget"], name="bucket_once_per_scope_and_budget"),
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.budget}"


class ChangedLimit(models.Model):
    """An operator's word instead of the platform's data file; counts in every process from its commit on."""

    id = models.BigAutoField(primary_key=True)
    platform = models.CharField(max_length=20)
    per = models.CharField(max_length=20, choices=[(one.value, one.value) for one in Per])
    budget = models.CharField(max_length=20, choices=[(one.value, one.value) for one in Budget])
    burst = models.FloatField(help_text="Calls at once; of slots, calls under way.")
    per_minute = models.FloatField(help_text="Calls a minute after that.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["platform", "per", "budget"], name="limit_changed_once_per_platform_and_budget"
            ),
            models.CheckConstraint(name="limit_lets_something_through", condition=Q(burst__gte=1)),
        ]
        verbose_name = "limit"

    def __str__(self) -> str:
        return f"{self.platform} {self.per} {self.budget}"


class ChangedRetry(models.Model):
    """An operator's retry policy for a kind, at one platform or at all of them; live within seconds."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=40)
    platform = models.CharField(max_length=20, blank=True)
    strategy = models.CharField(max_length=20, choices=RetryStrategy.choices)
    base = models.FloatField(help_text="Seconds before the second try.")
    factor = models.FloatField(default=2, help_text="What each wait is multiplied with; exponential only.")
    cap = models.FloatField(default=1800, help_text="The longest wait in seconds.")
    max_attempts = models.PositiveIntegerField(default=8)
    jitter = models.CharField(max_length=20, choices=RetryJitter.choices, default=RetryJitter.FULL)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="retry_waits_and_ends",
                condition=Q(base__gt=0, factor__gte=1, cap__gte=F("base"), max_attempts__range=(1, 1000)),
            ),
            models.UniqueConstraint(
                fields=["kind", "platform"], name="retry_changed_once_per_kind_and_platform"
            ),
        ]
        verbose_name = "retry policy"
        verbose_name_plural = "retry policies"

    def __str__(self) -> str:
        return f"{self.kind} {self.platform or 'everywhere'}"

    @property
    def value(self) -> RetryPolicy:
        """The policy that this row says."""
        return RetryPolicy(
            RetryStrategy(self.strategy).value,
            self.base,
            factor=self.factor,
            cap=self.cap,
            max_attempts=self.max_attempts,
            jitter=RetryJitter(self.jitter).value,
        )


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
        indexes = [models.Index(fields=["job", "id"], name="attempt_of_job")]

    def __str__(self) -> str:
        return f"{self.step} #{self.number}"


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
