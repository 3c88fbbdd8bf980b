"""One post on all of its accounts: each has its own state, and is tried again alone."""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from apps.core import clock
from apps.core.problems import Problem
from apps.jobs.choices import FINAL, JobState
from apps.jobs.models import Job
from apps.publishing import media as files
from apps.publishing.actions.again import again
from apps.publishing.content import ContentRefused
from apps.publishing.models import Media, Post, Target
from apps.tenants import queries as tenants
from apps.tenants.choices import Role
from apps.tenants.models import Membership
from apps.web import posts
from apps.web.access import for_members

_MOVES = frozenset({JobState.RUNNING, JobState.WAITING, JobState.VERIFYING, JobState.QUEUED})


@dataclass(frozen=True, slots=True)
class Whole:
    """What became of a post as a whole."""

    words: str
    moves: bool  # the page looks again by itself


@for_members()
def show(request: HttpRequest, member: Membership, post_id: UUID) -> HttpResponse:
    """Show what was written and where it is, account by account."""
    at, post = clock.now(), _find(member, post_id)
    rows = Target.objects.for_tenant(member.tenant_id).filter(post=post)
    tries = [_newest(one) for one in rows.select_related("job", "post").order_by("pk")]
    media = Media.objects.for_tenant(member.tenant_id).filter(pk__in=post.content.get("media", []))
    context = {
        "tenant": member.tenant,
        "member": member,
        "post": post,
        "whole": (whole := _whole(tries, at)),
        "looks_again": 5 if whole.moves else 0,
        "posts": posts.shown(tries, tenant=member.tenant_id, at=at),
        "media": [(one, files.shown_at(one)) for one in media],
        "may_answer": tenants.may(member, Role.OPERATOR),
        "may_write": tenants.may(member, Role.OPERATOR),
    }
    return render(request, "web/post.html", context)


@require_POST
@for_members(Role.OPERATOR)
def try_again(request: HttpRequest, member: Membership, job: UUID) -> HttpResponseBase:
    """Try one account's post again."""
    try:
        again(job, tenant=member.tenant_id, actor=f"user:{member.user_id}", at=clock.now())
        messages.success(request, "We try it again now.")
    except Job.DoesNotExist:
        raise Http404 from None
    except ContentRefused as refused:
        messages.error(request, " ".join(str(one["message"]) for one in refused.fields))
    except Problem as problem:
        messages.error(request, f"{problem.title}. {problem.detail}")
    with suppress(ValueError):  # what is no id leads to all posts
        return redirect("post", slug=member.tenant.slug, post_id=UUID(request.POST.get("post", "")))
    return redirect("posts", slug=member.tenant.slug)


def _find(member: Membership, post_id: UUID) -> Post:
    try:
        return Post.objects.for_tenant(member.tenant_id).get(pk=post_id)
    except Post.DoesNotExist:
        raise Http404 from None


def _newest(target: Target) -> Job:
    """Return the job that its state is that of; once that is past keeping, what the target remembers of it."""
    return target.job or Job(
        pk=target.pk,
        kind="publish",
        connection=target.connection_id,
        state=target.end_state,
        due_at=target.ended_at or target.post.created_at,
        permalink=target.permalink,
        error_code=target.error_code,
        args={},
    )


def _whole(tries: Sequence[Job], at: datetime) -> Whole:
    states = Counter(job.state for job in tries)
    out, ended = states[JobState.SUCCEEDED], sum(states[one] for one in FINAL)
    if states[JobState.HELD]:
        return Whole("Needs your word", moves=False)
    if ended == len(tries):
        return Whole(_ends(out, len(tries)), moves=False)
    if not ended and all(job.state == JobState.QUEUED and job.due_at > at for job in tries):
        return Whole("Planned", moves=False)
    return Whole("On its way", moves=any(job.state in _MOVES and job.due_at <= at for job in tries))


def _ends(out: int, accounts: int) -> str:
    if out == accounts:
        return "Published"
    return f"Published on {out} of {accounts} accounts" if out else "Not published"
