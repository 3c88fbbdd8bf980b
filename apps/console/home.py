"""The first page of the console: what needs a person now, each with one click to where it is put right."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

from apps.connections import queries as connections
from apps.console.health import Health, health
from apps.console.page import needs, show_part, tag_of
from apps.console.ways import NO_CODE, letters_url, paused_url, plan_url, questions_url, runbook_url, way_back
from apps.console.words import meaning, why_stopped
from apps.core import clock
from apps.errors.messages import PLATFORM_NAMES
from apps.events.models import Cursor
from apps.jobs import counts, liveness
from apps.jobs.choices import HeldFor
from apps.recovery import queries as recovery

SHOWN = 4  # causes of one need


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause of a need: in words, how often, the way to its things, its runbook, and the button."""

    words: str
    code: str
    count: int
    url: str
    runbook: str = ""
    act: str = ""
    act_url: str = ""
    most: int = 0  # the bound of the count, if it has one

    @property
    def shown(self) -> str:
        """The count as people read it."""
        return _shown(self)


@dataclass(frozen=True, slots=True)
class Need:
    """One kind of thing that waits for a person."""

    title: str
    words: str
    count: int
    url: str
    permission: str
    since: datetime | None = None
    causes: tuple[Cause, ...] = ()
    more: int = 0  # causes that are not shown
    most: int = 0  # the bound of the count, if it has one

    @property
    def shown(self) -> str:
        """The count as people read it."""
        return _shown(self)


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that Home shows and that changes by itself."""

    needs: tuple[Need, ...]
    health: Health

    @property
    def first(self) -> str:
        """The page of what is worst for tenants: the one button that stands out."""
        return next((need.url for need in self.needs if need.url), "")


def facts(user: Any) -> Facts:
    """Return what this person may see."""
    at = clock.now()
    found = [need for need in _needs() if need.count and user.has_perm(need.permission)]
    return Facts(tuple(found), health(at))


@needs("jobs.view_job")
def show_now(request: HttpRequest) -> HttpResponseBase:
    """Return the part of Home that changes, for the page that asks every few seconds."""
    found = facts(request.user)
    return show_part(request, "console/now.html", {"facts": found}, tag=tag_of(found))


def _needs() -> Iterable[Need]:
    """Return what may wait, the worst for tenants first."""
    yield _still_parts()
    yield _incidents()
    yield _stopped()
    yield from _held()
    yield _letters()


def _still_parts() -> Need:
    """Parts of the house that do not run: nothing else on the page is true while they stand still."""
    still = [Cause(liveness.SORTS[sort].replace("`", ""), "", 1, "") for sort in liveness.missing()]
    still += [
        Cause(f"{one.name.capitalize()} reads the event log no further: {one.trouble}", "", 1, "")
        for one in Cursor.objects.exclude(trouble="").order_by("name")
    ]
    if liveness.beat_is_late():
        still.append(Cause("Beat or the broker makes nothing happen. Start beat of the Procfile.", "", 1, ""))
    words = "Everything below may be out of date while they stand still."
    return Need(
        "Parts of Reknit that stand still", words, len(still), "", "jobs.view_job", causes=tuple(still)
    )


def _incidents() -> Need:
    found = list(recovery.open_incidents_across_tenants())
    causes = tuple(
        Cause(
            f"{PLATFORM_NAMES[one.platform]}: {one.get_family_display()}",
            "",
            recovery.extent(one).connections,
            reverse("admin:recovery_incident", args=[one.pk]),
            runbook_url("incident-recovery"),
        )
        for one in found[:SHOWN]
    )
    words = "One cause over many connections. They are held; nobody is told to reconnect."
    since = found[0].opened_at if found else None
    page = reverse("admin:recovery_incidents")
    return Need("Incidents", words, len(found), page, "recovery.view_incident", since, causes)


def _stopped() -> Need:
    found = connections.stopped_groups_across_tenants()
    return Need(
        title="Stopped connections",
        words="Nothing is published on them. Their jobs wait; nothing is lost.",
        count=sum(one.count for one in found),
        url=paused_url(),
        permission="connections.view_connection",
        since=min((one.since for one in found), default=None),
        causes=tuple(_stopped_cause(one) for one in found[:SHOWN]),
        more=max(0, len(found) - SHOWN),
    )


def _stopped_cause(one: connections.StoppedGroup) -> Cause:
    return Cause(
        f"{PLATFORM_NAMES[one.platform]}: {why_stopped(one.reason)}",
        one.reason,
        one.count,
        paused_url(platform=one.platform, code=one.reason or NO_CODE),
        runbook_url(one.reason),
        *way_back(one),
    )


def _held() -> Iterable[Need]:
    held = counts.held_across_tenants()
    for held_for, title, words in (
        (
            HeldFor.UNCONFIRMED,
            "Unconfirmed posts",
            "The partner cannot show whether they went out. Look, then answer.",
        ),
        (HeldFor.APPROVAL, "Late posts", "Later than their tenant wants them published unasked."),
        (HeldFor.OPS, "Jobs held for you", "Stopped because the cause is ours, or an operator held them."),
    ):
        if one := held.get(held_for):
            count, since = one
            page = questions_url(held_for)
            yield Need(title, words, count.count, page, "jobs.view_job", since, most=count.most)


def _letters() -> Need:
    found = counts.letter_causes_across_tenants()
    total = counts.open_letters_across_tenants()
    return Need(
        title="Dead letters",
        words="They cannot go on by themselves. Each keeps its evidence.",
        count=total.count,
        url=reverse("admin:letters"),
        permission="jobs.view_deadletter",
        since=min((one.first for one in found), default=None),
        causes=tuple(_letter_cause(one) for one in found[:SHOWN]),
        more=max(0, len(found) - SHOWN),
        most=total.most,
    )


def _letter_cause(one: counts.LetterCause) -> Cause:
    return Cause(
        f"{PLATFORM_NAMES.get(one.platform, one.platform)}: {meaning(one.code)}",
        one.code,
        one.count.count,
        letters_url(platform=one.platform, code=one.code, rule_id=one.rule),
        runbook_url(one.code),
        "Replay...",
        plan_url("replay", platform=one.platform, code=one.code, rule=one.rule),
        one.count.most,
    )


def _shown(one: Cause | Need) -> str:
    return str(counts.Count(one.count, one.most or one.count))
