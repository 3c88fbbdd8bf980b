"""What is left of what partners allow, and what operators said instead of our data files."""

from django.db import models
from django.db.models import F, Q

from apps.errors.retry import RetryPolicy
from apps.jobs.choices import (
    RetryJitter,
    RetryStrategy,
)
from apps.jobs.limits import Budget, Per


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
