"""One box that finds anything by what people have in hand: an id of ours or of a partner, a name, an address."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import OperationalError, connection, transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from apps.connections.models import Connection, Grant
from apps.console.page import needs, show
from apps.console.ways import runbook_url
from apps.console.words import known, meaning
from apps.errors.messages import PLATFORM_NAMES
from apps.jobs.models import Attempt, DeadLetter, Job, Lane
from apps.recovery.models import Incident, Operation
from apps.tenants.house import HOUSE
from apps.tenants.models import Tenant, User

SHORTEST, MOST = 2, 10  # characters; results of one sort
PATIENCE = 3000  # milliseconds for what no index knows


@dataclass(frozen=True, slots=True)
class Found:
    """One thing."""

    sort: str
    name: str
    under: str
    url: str


@needs("jobs.view_job")
def show_find(request: HttpRequest) -> HttpResponseBase:
    """List what was found; a single thing is opened at once."""
    said = request.GET.get("q", "").strip()
    results, complete = search(said, request.user) if len(said) >= SHORTEST else ([], True)
    if len(results) == 1 and complete:
        return redirect(results[0].url)
    context = {"q": said, "results": results, "complete": complete, "shortest": SHORTEST}
    return show(request, "console/find.html", "Find", context)


def search(said: str, user: Any) -> tuple[list[Found], bool]:
    """Return what this person may see of it, and whether everything was looked through."""
    ways = _by_id(UUID(said)) if (is_id := _is_id(said)) else _by_words(said)
    results = list(_of(ways, user))
    if results or is_id or " " in said or "@" in said:
        return results, True
    # Partners' request ids have no index: each costs the engine a write, and one is asked for once a month.
    late, complete = (
        _patiently(lambda: list(_requests(said))) if user.has_perm("jobs.view_job") else ([], True)
    )
    return late, complete


Way = tuple[str, Callable[[], Iterable[Found]]]


def _of(ways: Iterable[Way], user: Any) -> Iterator[Found]:
    for permission, look in ways:
        if user.has_perm(permission):
            yield from islice(look(), MOST)


def _by_id(pk: UUID) -> list[Way]:
    return [
        ("jobs.view_job", lambda: _jobs(Q(pk=pk))),
        ("connections.view_connection", lambda: _connections(Q(pk=pk) | Q(grant=pk))),
        ("connections.view_grant", lambda: _grants(Q(pk=pk))),
        ("tenants.view_tenant", lambda: _tenants(Q(pk=pk))),
        ("tenants.view_user", lambda: _people(Q(pk=pk))),
        ("jobs.view_deadletter", lambda: _letters(pk)),
        ("recovery.view_operation", lambda: _operations(pk)),
        ("recovery.view_incident", lambda: _incidents(pk)),
        ("jobs.view_lane", lambda: _lanes(Q(pk=pk) | Q(key__in=_keys(pk)))),
    ]


def _by_words(said: str) -> list[Way]:
    if "@" in said:
        return [("tenants.view_user", lambda: _people(Q(email__istartswith=said)))]
    return [
        ("errors.view_unclassified", lambda: _codes(said)),
        ("jobs.view_job", lambda: _published(said)),
        ("connections.view_connection", lambda: _connections(Q(external_id=said) | Q(name__icontains=said))),
        ("connections.view_grant", lambda: _grants(Q(external_user_id=said) | Q(user_name__icontains=said))),
        ("tenants.view_tenant", lambda: _tenants(Q(slug=said.lower()) | Q(name__icontains=said))),
        ("tenants.view_user", lambda: _people(Q(name__icontains=said))),
        ("jobs.view_lane", lambda: _lanes(Q(key=said))),
    ]


def _jobs(which: Q) -> Iterator[Found]:
    rows = Job.objects.across_tenants().filter(which).select_related("tenant").order_by("-id")
    for one in rows[:MOST]:
        kind = one.kind.replace("_", " ").capitalize()
        whose = one.tenant.name if one.tenant else "Reknit itself"
        state = str(one.get_state_display())
        yield Found("Job", f"{kind}: {state.lower()}", f"{whose}, {one.pk}", _page("job", one.pk))


def _published(remote_id: str) -> Iterator[Found]:
    """Find a post by the partner's id; its index begins with the connection, of which there are few enough."""
    mine = Connection.objects.across_tenants().values("pk")
    return _jobs(Q(connection__in=mine, remote_id=remote_id, kind="publish"))


def _requests(request_id: str) -> Iterator[Found]:
    rows = Attempt.objects.filter(request_id=request_id).select_related("job").order_by("-id")
    for one in rows[:MOST]:
        yield Found(
            "Try",
            f"{one.step} of {one.job.kind}: {one.get_outcome_display() or 'open'}",
            f"Partner's request id {one.request_id}",
            _page("job", one.job_id),
        )


def _connections(which: Q) -> Iterator[Found]:
    rows = Connection.objects.across_tenants().filter(which).select_related("tenant").order_by("name", "pk")
    for one in rows[:MOST]:
        partner = PLATFORM_NAMES.get(one.account_type, PLATFORM_NAMES[one.platform])
        under = f"{partner}, {one.tenant.name}: {one.get_status_display()}"
        yield Found("Connection", one.name, under, _page("connection", one.pk))


def _grants(which: Q) -> Iterator[Found]:
    rows = Grant.objects.across_tenants().filter(which).select_related("tenant").order_by("pk")
    for one in rows[:MOST]:
        under = f"Signed in at {PLATFORM_NAMES[one.platform]} for {one.tenant.name}"
        lane = f"{reverse('admin:jobs_lane_changelist')}?q=grant:{one.pk}"
        yield Found("Sign-in", one.user_name or one.external_user_id, under, lane)


def _tenants(which: Q) -> Iterator[Found]:
    for one in Tenant.objects.exclude(pk=HOUSE).filter(which).order_by("name", "pk")[:MOST]:
        yield Found("Tenant", one.name, one.slug, reverse("admin:tenants_tenant_change", args=[one.pk]))


def _people(which: Q) -> Iterator[Found]:
    for one in User.objects.filter(which).order_by("email")[:MOST]:
        under = "Staff" if one.is_staff else one.name
        yield Found("Person", one.email, under, reverse("admin:tenants_user_change", args=[one.pk]))


def _letters(pk: UUID) -> Iterator[Found]:
    for one in DeadLetter.objects.across_tenants().filter(pk=pk):
        yield Found("Dead letter", one.error_code, one.kind, _page("letter", one.pk))


def _operations(pk: UUID) -> Iterator[Found]:
    for one in Operation.objects.across_tenants().filter(pk=pk):
        yield Found(
            "Operation", str(one.get_kind_display()), str(one.get_state_display()), _page("operation", one.pk)
        )


def _incidents(pk: UUID) -> Iterator[Found]:
    for one in Incident.objects.filter(pk=pk):
        partner = PLATFORM_NAMES[one.platform]
        yield Found("Incident", str(one.get_family_display()), partner, _page("recovery_incident", one.pk))


def _lanes(which: Q) -> Iterator[Found]:
    for one in Lane.objects.across_tenants().filter(which)[:MOST]:
        url = f"{reverse('admin:jobs_lane_changelist')}?q={one.key}"
        yield Found("Lane", one.key, "Why it moves or does not", url)


def _codes(said: str) -> Iterator[Found]:
    code = known(said.upper().replace("-", "_"))
    if code:
        yield Found("Runbook", code.value, meaning(code), runbook_url(code))


def _keys(pk: UUID) -> list[str]:
    return [f"{kind}:{pk}" for kind in ("connection", "grant", "endpoint", "channel")]


def _page(name: str, pk: UUID) -> str:
    return reverse(f"admin:{name}", args=[pk])


def _patiently(look: Callable[[], list[Found]]) -> tuple[list[Found], bool]:
    """Look for as long as a person waits, no longer; False when that was not enough."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(PATIENCE)])
            return look(), True
    except OperationalError:
        return [], False


def _is_id(said: str) -> bool:
    try:
        UUID(said)
    except ValueError:
        return False
    return True
