"""Posts that nobody but a person can speak about: "Is it there?", with a link and two answers."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from apps.connections import queries as connections
from apps.connections.pages import account_page
from apps.core import clock
from apps.core.problems import Problem
from apps.jobs import queries as jobs
from apps.jobs.actions.answer import IT_IS_THERE, PUBLISH, SEND_AGAIN, SKIP, answer
from apps.jobs.models import Job
from apps.recovery.words import partner_name
from apps.tenants.choices import Role
from apps.tenants.models import Membership
from apps.web.access import for_members

MOST = 20
THANKS = {
    IT_IS_THERE: "Thank you. We count the post as published.",
    SEND_AGAIN: "Thank you. We send the post again now.",
    PUBLISH: "Thank you. The post goes out now.",
    SKIP: "Thank you. The post is left out.",
}


@dataclass(frozen=True, slots=True)
class Question:
    """One unconfirmed post."""

    job: UUID
    text: str
    partner: str
    account: str
    link: str


def questions(tenant: UUID) -> list[Question]:
    """Return the oldest open questions of the tenant."""
    waiting = list(jobs.unconfirmed(tenant=tenant)[:MOST])
    rows = {row.pk: row for row in connections.connections_of(tenant=tenant)}
    return [
        Question(
            job=job.pk,
            text=str(job.args.get("content", {}).get("text", ""))[:200],
            partner=partner_name(rows[job.connection]),
            account=rows[job.connection].name,
            link=account_page(rows[job.connection]),
        )
        for job in waiting
        if job.connection in rows
    ]


@require_POST
@for_members(Role.OPERATOR)
def say(request: HttpRequest, member: Membership, job: UUID) -> HttpResponseBase:
    """Take the answer."""
    said = request.POST.get("answer", "")
    try:
        if said not in THANKS:
            raise Http404
        answer(job, said, tenant=member.tenant_id, actor=f"user:{member.user_id}", at=clock.now())
        messages.success(request, THANKS[said])
    except Job.DoesNotExist:
        raise Http404 from None
    except Problem:
        messages.error(request, "Somebody has answered this already.")
    back = "posts" if request.POST.get("next") == "posts" else "connections"
    return redirect(back, slug=member.tenant.slug)
