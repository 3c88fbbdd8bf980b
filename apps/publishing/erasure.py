"""Forgets where a subject's posts are out; what an author wrote is the tenant's own and stays."""

from datetime import datetime

from apps.core.erasure import Subject
from apps.publishing.models import Target


def erase(subject: Subject, _at: datetime) -> None:
    """Blank the partner's ids and links of posts on its connections."""
    rows = Target.objects.for_tenant(subject.tenant).filter(connection__in=subject.connections)
    rows.update(remote_id="", permalink="")
