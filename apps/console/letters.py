"""Dead letters by their cause, and one of them with its evidence."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404

from apps.console.accounts import account_of
from apps.console.page import needs, show
from apps.console.timeline import names_of
from apps.console.ways import letters_url, plan_url, runbook_url
from apps.console.words import meaning
from apps.errors.messages import PLATFORM_NAMES
from apps.jobs import queries
from apps.jobs.models import DeadLetter
from apps.jobs.queries import LetterGroup

SHOWN = 100  # causes; more than that nobody reads


@dataclass(frozen=True, slots=True)
class Line:
    """One cause, and what can be done about all of its letters at once."""

    group: LetterGroup
    partner: str
    means: str
    listed: str
    replay: str
    resolve: str
    runbook: str


@needs("jobs.view_deadletter")
def show_letters(request: HttpRequest) -> HttpResponseBase:
    """List the causes, the most frequent first."""
    groups = queries.letter_groups_across_tenants()
    context = {
        "lines": _lines(groups[:SHOWN]),
        "causes": len(groups),
        "total": sum(one.count for one in groups),
        "last": None if groups else _last_settled(),
    }
    return show(request, "console/letters.html", "Dead letters", context)


@needs("jobs.view_deadletter")
def show_letter(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Show one with its evidence and the ways on."""
    rows = DeadLetter.objects.across_tenants().select_related("tenant", "job")
    letter = get_object_or_404(rows, pk=pk)
    account = account_of(letter.connection)
    context = {
        "letter": letter,
        "account": account,
        "means": meaning(letter.error_code),
        "partner": PLATFORM_NAMES.get(letter.platform, letter.platform),
        "runbook": runbook_url(letter.error_code),
        "replay": plan_url("replay", ids=str(letter.pk)),
        "resolve": plan_url("resolve", ids=str(letter.pk)),
        "alike": letters_url(platform=letter.platform, code=letter.error_code),
        "payload": json.dumps(letter.payload, indent=2, ensure_ascii=False),
        "who": names_of([letter.resolved_by]).get(letter.resolved_by, "") if letter.resolved_by else "",
    }
    title = f"Dead letter: {letter.kind.replace('_', ' ')}, {letter.error_code}"
    return show(request, "console/letter.html", title, context)


def _lines(groups: Sequence[LetterGroup]) -> list[Line]:
    lines = []
    for one in groups:
        cause: dict[str, Any] = {"platform": one.platform, "code": one.code, "rule": one.rule}
        lines.append(
            Line(
                group=one,
                partner=PLATFORM_NAMES.get(one.platform, one.platform),
                means=meaning(one.code),
                listed=letters_url(platform=one.platform, code=one.code, rule_id=one.rule),
                replay=plan_url("replay", **cause),
                resolve=plan_url("resolve", **cause),
                runbook=runbook_url(one.code),
            )
        )
    return lines


def _last_settled() -> DeadLetter | None:
    settled = DeadLetter.objects.across_tenants().filter(resolved_at__isnull=False)
    return settled.order_by("-id").first()
