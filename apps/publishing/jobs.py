"""The kinds publish and delete."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from apps.connections import calls, loading
from apps.connections.connectors.capability import Capability, Verify
from apps.connections.connectors.interface import (
    Candidate,
    Context,
    Found,
    OptionsInvalid,
    PostDraft,
    Probe,
    Shape,
    StepResult,
)
from apps.connections.connectors.registry import connector_for
from apps.connections.guard import problems_of
from apps.connections.jobs import credential_states
from apps.connections.limits import CapabilityProblem
from apps.connections.steps import after_commit, next_step, step_outcome
from apps.errors.outcome import Look, NextStep, Outcome, Verdict
from apps.errors.retry import PRESETS, RetryPolicy
from apps.jobs.choices import HeldFor, JobState
from apps.jobs.explain import SAME_POST
from apps.jobs.kinds import CredentialState, Kind, LeaseWatch, OnUnknown, Verification, Work
from apps.jobs.models import Job
from apps.publishing import twins
from apps.publishing.media import reference
from apps.publishing.models import END_FIELDS, Media, Target
from apps.publishing.refusal import refusal

CALL_LIMIT = timedelta(seconds=30)
OWNED_MARGIN = timedelta(hours=1)


class Publish(Kind):
    """Makes a post public, step by step; after an unknown commit it looks before it sends again."""

    name = "publish"
    policy: ClassVar[RetryPolicy] = PRESETS["default"]
    on_unknown = OnUnknown.VERIFY
    time_limit = timedelta(minutes=6)  # three calls at the slowest partner

    def first_step(self, args: Mapping[str, Any]) -> NextStep:
        return next_step(connector_for(args["platform"]).steps(_shape(args))[0])

    def load(self, jobs: Sequence[Job], at: datetime) -> dict[UUID, Work]:
        works = loading.load(jobs, at)
        media = _media_of(jobs)
        owned = _owned_ids([job for job in jobs if job.unknown_since])
        published = _published_twins(jobs)
        for job in jobs:
            work = works[job.pk]
            if job.pk in published:
                result = {"reason": SAME_POST, "job": str(published[job.pk])}
                work.failure = Outcome(verdict=Verdict.NOT_SENT, hold_for=HeldFor.APPROVAL, result=result)
            if work.failure is None:
                foreign_ids = owned.get(job.connection or job.pk, frozenset()) - {job.remote_id}
                work.facts = replace(work.facts, foreign_ids=foreign_ids)
                _prepare(work, media)
        return works

    async def run(self, work: Work, lease: LeaseWatch) -> Outcome:
        looking = work.job.state == JobState.VERIFYING
        if looking and not self.verification(work.job).possible:
            return Outcome(verdict=Verdict.SUCCESS, look=Look.BLIND)
        call = _look if looking else _step
        return await calls.guarded(work, lease, lambda ctx: call(work, ctx))

    def verification(self, job: Job) -> Verification:
        able = connector_for(job.platform).capabilities.get(
            (job.args["account_type"], job.args["content"]["format"])
        )
        if able is None or able.verify is Verify.NONE or not _is_shown(job, able):
            return Verification(possible=False)
        return Verification(
            True, window=CALL_LIMIT + 2 * able.max_lag, longest_processing=able.longest_processing
        )

    def credentials(
        self, jobs: Sequence[tuple[Job, int | None]], at: datetime
    ) -> dict[UUID, CredentialState]:
        return credential_states(jobs, at)

    def repeat(self, repeated: Mapping[UUID, UUID]) -> None:
        """A post's page shows the newest try, whoever began it."""
        targets = list(Target.objects.across_tenants().filter(job__in=repeated))
        for target in targets:
            target.job_id = repeated[target.job_id]  # type: ignore[index]  # found by it
        Target.objects.across_tenants().bulk_update(targets, ["job"])

    def forget(self, jobs: Sequence[Job]) -> None:
        """A post's page goes on telling what became of it."""
        targets = list(Target.objects.across_tenants().filter(job__in=jobs).select_related("job"))
        for target in targets:
            target.keep_end()
        Target.objects.across_tenants().bulk_update(targets, END_FIELDS)


class Delete(Kind):
    """Takes a post down; doing it twice does no harm."""

    name = "delete"
    policy: ClassVar[RetryPolicy] = PRESETS["default"]
    on_unknown = OnUnknown.RESEND
    time_limit = timedelta(minutes=5)

    def first_step(self, args: Mapping[str, Any]) -> NextStep:
        return NextStep("delete", at_commit=True)

    def load(self, jobs: Sequence[Job], at: datetime) -> dict[UUID, Work]:
        return loading.load(jobs, at)

    async def run(self, work: Work, lease: LeaseWatch) -> Outcome:
        async def call(ctx: Context) -> Outcome:
            result = await work.facts.connector.delete(ctx, work.job.args["remote_id"])
            if result.failure:
                return Outcome(verdict=Verdict.FAILURE, classification=result.failure)
            return Outcome(verdict=Verdict.SUCCESS, committed=True)

        return await calls.guarded(work, lease, call)

    def credentials(
        self, jobs: Sequence[tuple[Job, int | None]], at: datetime
    ) -> dict[UUID, CredentialState]:
        return credential_states(jobs, at)


async def _step(work: Work, ctx: Context) -> Outcome:
    connector = work.facts.connector
    steps = connector.steps(_shape(work.job.args))
    step = next(one for one in steps if one.name == work.job.step)
    result = await connector.run(step.name, ctx)
    return step_outcome(_adopted(work, result), step, steps)


def _adopted(work: Work, result: StepResult) -> StepResult:
    """A partner that refuses our second send as a duplicate names our first: that one is ours."""
    named = result.duplicate_of
    if not named or work.job.unknown_since is None or named in work.facts.foreign_ids:
        return result
    return StepResult(answer=result.answer, remote_id=named, permalink=result.permalink)


async def _look(work: Work, ctx: Context) -> Outcome:
    """Ask the partner what became of the last send. The connector names candidates, the engine judges them."""
    first_sent = work.job.unknown_since or work.at
    probe = Probe(first_sent_at=first_sent, asked_at=work.at, remote_id=work.job.remote_id)
    found = await work.facts.connector.find_published(ctx, probe)
    if found.failure:
        return Outcome(verdict=Verdict.FAILURE, classification=found.failure)
    chosen = _judge(found, probe.since(ctx.wire.last), work.facts.foreign_ids)
    if chosen is None:
        return Outcome(verdict=Verdict.SUCCESS, look=Look.PENDING if found.pending else Look.ABSENT)
    steps = work.facts.connector.steps(_shape(work.job.args))
    return Outcome(
        verdict=Verdict.SUCCESS,
        look=Look.FOUND,
        next=after_commit(steps),
        committed=True,
        remote_id=chosen.id,
        permalink=chosen.permalink,
    )


def _judge(found: Found, since: datetime, foreign: frozenset[str]) -> Candidate | None:
    """
    Return the oldest candidate that no other job owns and that cannot be older than our first send.

    One without a date stands in for a post whose own id is not shown yet: it is the last choice.
    """
    ours = [
        one
        for one in found.candidates
        if one.id not in foreign and (one.created_at is None or one.created_at >= since)
    ]
    return min(ours, key=lambda one: (one.created_at is None, one.created_at or since), default=None)


def _is_shown(job: Job, able: Capability) -> bool:
    """Return whether listings show posts with this job's options."""
    if able.shown_with is None:
        return True
    options = connector_for(job.platform).parse_options(job.args["content"]["options"])
    name, value = able.shown_with
    return bool(getattr(options, name) == value)


def _shape(args: Mapping[str, Any]) -> Shape:
    content = args["content"]
    return Shape(args["account_type"], content["format"], len(content["media"]))


def _prepare(work: Work, media: Mapping[str, Media]) -> None:
    """Give the work its draft; until it is public, what the account cannot publish (any more) is not sent at all."""
    try:
        work.facts = replace(work.facts, draft=_draft(work.job, media))
    except OptionsInvalid as error:
        refused = CapabilityProblem(f"content.options.{error.field}", "option", error.message)
        work.failure = refusal([refused], platform=work.job.platform)
        return
    if work.job.committed_at or work.job.state == JobState.VERIFYING:
        return
    facts = work.facts
    problems = problems_of(facts.platform, facts.account.type, facts.draft, granted=facts.scopes)
    if problems:
        work.failure = refusal(problems, platform=work.job.platform)


def _draft(job: Job, media: Mapping[str, Media]) -> PostDraft:
    content = job.args["content"]
    pictures = tuple(reference(media[one]) for one in content["media"] if one in media)
    options = connector_for(job.platform).parse_options(content["options"])
    return PostDraft(content["format"], content["text"], content["link"], pictures, options)


def _media_of(jobs: Sequence[Job]) -> dict[str, Media]:
    wanted = {one for job in jobs for one in job.args["content"]["media"]}
    return (
        {str(media.pk): media for media in Media.objects.across_tenants().filter(pk__in=wanted)}
        if wanted
        else {}
    )


def _published_twins(jobs: Sequence[Job]) -> dict[UUID, UUID]:
    """Return the jobs about to begin whose very post went out to the same account since they were accepted."""
    fresh = [
        job
        for job in jobs
        if job.fingerprint
        and job.state == JobState.QUEUED
        and not (job.allow_duplicate or job.admitted_at or job.unknown_since or job.progress)
    ]
    return twins.published_since_accepted(fresh)


def _owned_ids(jobs: Sequence[Job]) -> dict[UUID, frozenset[str]]:
    """Return the partner ids on these jobs' connections that other jobs own: never somebody else's post."""
    since: dict[UUID, datetime] = {}
    for job in jobs:
        if job.connection and job.unknown_since:
            since[job.connection] = min(since.get(job.connection, job.unknown_since), job.unknown_since)
    if not since or not settings.ONE_POST_ONE_JOB:
        return {}
    # What ended before the first of these sends, clocks apart, is too old to be a candidate.
    recent = Q(finished_at=None) | Q(finished_at__gte=min(since.values()) - OWNED_MARGIN)
    rows = (
        Job.objects.across_tenants()
        .filter(recent, connection__in=since, kind=Publish.name)
        .exclude(remote_id="")
    )
    owned: dict[UUID | None, set[str]] = {connection: set() for connection in since}
    for connection, remote_id in rows.values_list("connection", "remote_id"):
        owned[connection].add(remote_id)
    return {connection: frozenset(owned[connection]) for connection in since}
