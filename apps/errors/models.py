"""What the house remembers of errors: the last answers, the unknown ones, and what operators call them."""

from django.db import models

from apps.core.ids import uuid7
from apps.errors.codes import ErrorCode

CODES = [(code.value, code.value) for code in ErrorCode]


class Sample(models.Model):
    """One of the last 10,000 errors as the partner said it (without secrets): what a new rule is tried on."""

    at = models.DateTimeField()
    platform = models.CharField(max_length=20)
    operation = models.CharField(max_length=40)
    status = models.IntegerField()
    headers = models.JSONField(default=dict)
    body = models.TextField(blank=True)  # at most 4 KiB
    code = models.CharField(max_length=40)
    rule = models.CharField(max_length=80)
    fingerprint = models.CharField(max_length=16, blank=True, db_index=True)  # of answers that no rule knew

    def __str__(self) -> str:
        return f"{self.platform} {self.status} {self.rule}"


class Unclassified(models.Model):
    """Unknown answers that are the same, counted; its newest one is the sample with this fingerprint."""

    platform = models.CharField(max_length=20)
    fingerprint = models.CharField(max_length=16)
    status = models.IntegerField()
    message = models.TextField(blank=True)
    body = models.TextField(blank=True)  # of the newest
    count = models.BigIntegerField(default=1)
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name_plural = "unclassified answers"
        constraints = [
            models.UniqueConstraint(
                fields=["platform", "fingerprint"], name="unclassified_once_per_fingerprint"
            )
        ]

    def __str__(self) -> str:
        return f"{self.platform} {self.fingerprint}"


class Override(models.Model):
    """A code that an operator gave to a fingerprint; live until it is removed, and never changed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    platform = models.CharField(max_length=20)
    fingerprint = models.CharField(max_length=16)
    code = models.CharField(max_length=40, choices=CODES)
    reason = models.CharField(max_length=500)
    created_by = models.CharField(max_length=64)  # an actor
    created_at = models.DateTimeField()
    removed_by = models.CharField(max_length=64, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["platform", "fingerprint"],
                name="override_live_once_per_fingerprint",
                condition=models.Q(removed_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.platform} {self.fingerprint} {self.code}"
