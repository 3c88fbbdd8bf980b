"""What happened, as people read it: the sentence of each verb, and who did it by name."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from apps.core import ids
from apps.events.models import Event
from apps.events.verbs import VERBS
from apps.jobs.models import Job
from apps.tenants.models import User

AFTERWARDS = timedelta(days=1)  # how long after a job's end something may still be told of it


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened."""

    event: Event
    sentence: str
    who: str

    @property
    def job(self) -> str:
        """The id of the job that it happened to, if it was one."""
        kind, _, key = self.event.subject.partition(":")
        return key if kind == "job" else str(self.event.data.get("job", ""))

    @property
    def more(self) -> str:
        """What the event says beyond its sentence: a reason that somebody gave, else a code."""
        return str(self.event.data.get("why") or self.event.data.get("code") or "")


def of_connection(connection: UUID, *, until: datetime | None, before: UUID | None, most: int) -> list[Event]:
    """Return what happened to an account and its latest jobs up to a moment or an event, the newest first."""
    jobs = Job.objects.across_tenants().filter(connection=connection).order_by("-id")
    events = Event.objects.exclude(verb="error.classified").order_by("-id")  # a try stands with its job
    if until:
        jobs, events = jobs.filter(created_at__lte=until), events.filter(at__lte=until)
    if before:
        jobs, events = jobs.filter(pk__lt=before), events.filter(pk__lt=before)
    keys = jobs.values_list("pk", flat=True)[:most]
    return list(
        events.filter(subject__in=[f"connection:{connection}", *(f"job:{key}" for key in keys)])[:most]
    )


def of_job(job: Job, *, most: int) -> list[Event]:
    """Return what happened to a job, the newest first; what the engine tells of it is told of its account."""
    told = Q(subject=f"connection:{job.connection}", data__job=str(job.pk), pk__gt=job.pk)
    if job.finished_at:
        told &= Q(pk__lt=ids.floor(job.finished_at + AFTERWARDS))
    return list(Event.objects.filter(Q(subject=f"job:{job.pk}") | told).order_by("-id")[:most])


def lines(events: Sequence[Event]) -> list[Line]:
    """Return the events with their sentences and names; one query for all names."""
    names = names_of(one.actor for one in events)
    known = set(VERBS.names())
    return [Line(one, VERBS.get(one.verb) if one.verb in known else "", names[one.actor]) for one in events]


def names_of(actors: Iterable[str]) -> dict[str, str]:
    """Return who these are: people by e-mail address, our own parts by what they do."""
    found = {actor: actor.partition(":")[2] for actor in actors}
    keys = [key for actor, text in found.items() if (key := _key(actor, text))]
    emails = {str(pk): email for pk, email in User.objects.filter(pk__in=keys).values_list("pk", "email")}
    return {actor: _name(actor, text, emails) for actor, text in found.items()}


def _key(actor: str, text: str) -> UUID | None:
    try:
        return UUID(text) if actor.startswith(("user:", "staff:")) else None
    except ValueError:
        return None


def _name(actor: str, text: str, emails: dict[str, str]) -> str:
    if actor.startswith("system:"):
        return f"Reknit ({text.partition(':')[0].replace('_', ' ')})"
    return emails.get(text, text)
