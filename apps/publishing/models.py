"""Posts, their targets, and the media that belongs to them."""

from typing import Any

from django.db import models, transaction
from django.db.models import Q

from apps.core.ids import uuid7
from apps.jobs.choices import JobState
from apps.tenants.scoping import TenantManager, TenantQuerySet


class Post(models.Model):
    """What an author wants to say, as `apps.publishing.written` reads it; its id is made with the form that sends it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="+")
    author = models.ForeignKey("tenants.User", on_delete=models.SET_NULL, null=True, related_name="+")
    content = models.JSONField()
    scheduled_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    objects = TenantManager()

    def __str__(self) -> str:
        return str(self.content.get("text", ""))[:60]


END_FIELDS = ("end_state", "ended_at", "remote_id", "permalink", "error_code")


class Target(models.Model):
    """One connection that a post goes to; its state is that of its newest job, and how that ended once it is gone."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="+")
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="+")
    connection = models.ForeignKey("connections.Connection", on_delete=models.CASCADE, related_name="+")
    job = models.ForeignKey("jobs.Job", on_delete=models.SET_NULL, null=True, related_name="+")
    end_state = models.CharField(max_length=20, choices=JobState.choices, blank=True)
    ended_at = models.DateTimeField(null=True)
    remote_id = models.CharField(max_length=200, blank=True)
    permalink = models.TextField(blank=True)
    error_code = models.CharField(max_length=40, blank=True)

    objects = TenantManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["post", "connection"], name="target_once_per_post_and_connection")
        ]

    def __str__(self) -> str:
        return f"{self.post_id} on {self.connection_id}"

    def keep_end(self) -> None:
        """Remember how the job ended, before its row is pruned."""
        if self.job is None:
            return
        self.end_state, self.ended_at = self.job.state, self.job.finished_at
        self.remote_id, self.permalink = self.job.remote_id, self.job.permalink
        self.error_code = self.job.error_code


class MediaQuerySet(TenantQuerySet["Media"]):
    """Rows that take their files with them."""

    def delete(self) -> tuple[int, dict[str, int]]:
        """Delete them, and their files once that is certain; what a post is just taking is left alone."""
        with transaction.atomic():
            rows = list(self.select_for_update(skip_locked=True))
            found = super(MediaQuerySet, self.filter(pk__in=[row.pk for row in rows])).delete()
            for row in rows:
                transaction.on_commit(lambda file=row.file: file.storage.delete(file.name))  # type: ignore[misc]
        return found


class MediaManager(TenantManager["Media"]):
    """Hands out rows that take their files with them."""

    def get_queryset(self) -> Any:
        return MediaQuerySet(self.model, using=self._db)


class Media(models.Model):
    """A picture or film, kept until nobody needs it; partners fetch it by a URL that is signed when they are called."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="+")
    file = models.FileField(upload_to="media/%Y/%m/")
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=60)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    width = models.PositiveIntegerField(null=True)  # of films only where the file tells
    height = models.PositiveIntegerField(null=True)
    duration_s = models.FloatField(null=True)  # of films
    created_at = models.DateTimeField()
    is_used = models.BooleanField(default=False)  # a post was accepted with it

    objects = MediaManager()

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="media_unused", condition=Q(is_used=False))]

    def __str__(self) -> str:
        return self.name
