"""Forgets what partners said in answer to calls on a subject's connections."""

from datetime import datetime

from apps.core.erasure import Subject
from apps.jobs.models import Attempt, DeadLetter, Hold, Job


def erase(subject: Subject, _at: datetime) -> None:
    """Blank answers, partner ids and messages; what became of each job, and when, stays."""
    jobs = Job.objects.for_tenant(subject.tenant).filter(connection__in=subject.connections)
    Attempt.objects.filter(job__in=jobs.values("pk")).update(evidence="", late_evidence="", request_id="")
    letters = DeadLetter.objects.for_tenant(subject.tenant).filter(connection__in=subject.connections)
    letters.update(evidence="", message="")
    Hold.objects.filter(scope__in=_scopes(subject)).update(sentence="The account was disconnected.")
    jobs.update(remote_id="", permalink="", result={}, progress={}, error_message="")


def _scopes(subject: Subject) -> list[str]:
    lanes = [f"lane:connection:{one}" for one in subject.connections]
    return [*lanes, *(f"grant:{one}" for one in subject.grants)]
