"""Posts, their targets, and the media that belongs to them."""

from django.db import models

from apps.core.ids import uuid7
from apps.jobs.choices import JobState
from apps.tenants.scoping import TenantManager


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

    objects = TenantManager()

    def __str__(self) -> str:
        return self.name
