"""The first page of the console: what needs a person now, each with one click to where it is put right."""

from dataclasses import dataclass

from django.urls import reverse

from apps.connections import queries as connections
from apps.jobs import queries as jobs
from apps.jobs.choices import HeldFor
from apps.recovery import queries as recovery


@dataclass(frozen=True, slots=True)
class Need:
    """One kind of thing that waits for a person."""

    title: str
    words: str
    count: int
    url: str


def needs() -> list[Need]:
    """Return what waits, the worst for tenants first; kinds of which nothing waits are left out."""
    held = jobs.held_counts_across_tenants()
    jobs_page = reverse("admin:jobs_job_changelist")
    everything = [
        Need(
            "Incidents",
            "One cause over many connections. They are held; nobody is told to reconnect.",
            recovery.open_incidents_across_tenants().count(),
            reverse("admin:recovery_incidents"),
        ),
        Need(
            "Stopped connections",
            "Nothing is published on them. Their jobs wait; nothing is lost.",
            connections.stopped_count_across_tenants(),
            f"{reverse('admin:connections_connection_changelist')}?status__in=attention,revoked,paused",
        ),
        Need(
            "Unconfirmed posts",
            "The partner cannot show whether they went out. Look, then answer.",
            held.get(HeldFor.UNCONFIRMED, 0),
            f"{jobs_page}?held_for__exact=unconfirmed",
        ),
        Need(
            "Late posts",
            "Later than their tenant wants them published unasked.",
            held.get(HeldFor.APPROVAL, 0),
            f"{jobs_page}?held_for__exact=approval",
        ),
        Need(
            "Jobs held for you",
            "Stopped because the cause is ours, or an operator held them.",
            held.get(HeldFor.OPS, 0),
            f"{jobs_page}?held_for__exact=ops",
        ),
        Need(
            "Dead letters",
            "They cannot go on by themselves. Each keeps its evidence.",
            jobs.open_letter_count_across_tenants(),
            f"{reverse('admin:jobs_deadletter_changelist')}?resolved_at__isempty=1",
        ),
    ]
    return [need for need in everything if need.count]
