"""The kinds publish and delete."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from apps.connections import calls
from apps.connections.connectors.interface import (
    AccountFacts,
    Candidate,
    Context,
    Found,
    PostDraft,
    Probe,
    Verify,
)
from apps.connections.connectors.registry import connector_for
from apps.connections.jobs import credential_states
from apps.errors.outcome import Look, NextStep, Outcome, Verdict
from apps.errors.retry import PRESETS, RetryPolicy
from apps.jobs.choices import JobState
from apps.jobs.kinds import CredentialState, Kind, LeaseWatch, OnUnknown, Verification, Work
from apps.jobs.models import Job
from apps.publishing.media import reference
from apps.publishing.models import Media

CALL_LIMIT = timedelta(seconds=30)
MARGIN = timedelta(minutes=2)


class Publish(Kind):
    """Makes a post public, step by step; after an unknown commit it looks before it sends again."""

    name = "publish"
    policy: ClassVar[RetryPolicy] = PRESETS["default"]
    on_unknown = OnUnknown.VERIFY

    def first_step(self, args: Mapping[str, Any]) -> NextStep:
        steps = connector_for(args["platform"]).steps(
            _bare_draft(args), AccountFacts(args["account_type"], "")
        )
        return calls.next_step(steps[0])

    def load(self, jobs: Sequence[Job], at: datetime) -> dict[UUID, Work]:
        works = calls.load(jobs, at)
        media = _media_of(jobs)
        owned = _owned_ids([job for job in jobs if job.state == JobState.VERIFYING])
        for job in jobs:
            work = works[job.pk]
            if work.failure is None:
                work.facts = replace(
                    work.facts,
                    draft=_draft(job, media),
                    foreign_ids=owned.get(job.connection, frozenset()) if job.connection else frozenset(),
                )
        return works

    async def run(self, work: Work, lease: LeaseWatch) -> Outcome:
        call = _look if work.job.state == JobState.VERIFYING else _step
        return await calls.guarded(work, lease, lambda ctx: call(work, ctx))

    def verification(self, job: Job) -> Verification:
        able = connector_for(job.platform).capabilities.get(
            (job.args["account_type"], job.args["content"]["format"])
        )
        if able is None or able.verify is Verify.NONE:
            return Verification(possible=False)
        return Verification(
            True, window=CALL_LIMIT + 2 * able.max_lag, longest_processing=able.longest_processing
        )

    def credentials(
        self, jobs: Sequence[tuple[Job, int | None]], at: datetime
    ) -> dict[UUID, CredentialState]:
        return credential_states(jobs, at)


class Delete(Kind):
    """Takes a post down; doing it twice does no harm."""

    name = "delete"
    policy: ClassVar[RetryPolicy] = PRESETS["default"]
    on_unknown = OnUnknown.RESEND

    def first_step(self, args: Mapping[str, Any]) -> NextStep:
        return NextStep("delete", at_commit=True)

    def load(self, jobs: Sequence[Job], at: datetime) -> dict[UUID, Work]:
        return calls.load(jobs, at)

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
    steps = connector.steps(ctx.draft, ctx.account)
    step = next(one for one in steps if one.name == work.job.step)
    return calls.step_outcome(await connector.run(step.name, ctx), step, steps)


async def _look(work: Work, ctx: Context) -> Outcome:
    """Ask the partner what became of the last send. The connector names candidates, the engine judges them."""
    first_sent = work.job.unknown_since or work.at
    found = await work.facts.connector.find_published(
        ctx, Probe(first_sent_at=first_sent, remote_id=work.job.remote_id)
    )
    if found.failure:
        return Outcome(verdict=Verdict.FAILURE, classification=found.failure)
    chosen = _judge(found, first_sent, work.facts.foreign_ids)
    if chosen is None:
        return Outcome(verdict=Verdict.SUCCESS, look=Look.PENDING if found.pending else Look.ABSENT)
    steps = work.facts.connector.steps(ctx.draft, ctx.account)
    return Outcome(
        verdict=Verdict.SUCCESS,
        look=Look.FOUND,
        next=calls.after_commit(steps),
        committed=True,
        remote_id=chosen.id,
        permalink=chosen.permalink,
    )


def _judge(found: Found, first_sent: datetime, foreign: frozenset[str]) -> Candidate | None:
    """Return the oldest candidate that no other job owns and that cannot be older than our first send."""
    ours = [
        one
        for one in found.candidates
        if one.id not in foreign and (one.created_at is None or one.created_at >= first_sent - MARGIN)
    ]
    return min(ours, key=lambda one: one.created_at or first_sent, default=None)


def _bare_draft(args: Mapping[str, Any]) -> PostDraft:
    content = args["content"]
    return PostDraft(content["format"], content["text"], content["link"])


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


def _owned_ids(jobs: Sequence[Job]) -> dict[UUID, frozenset[str]]:
    """Return the partner ids on these jobs' connections that other jobs own: never somebody else's post."""
    connections = {job.connection for job in jobs if job.connection}
    owned: dict[UUID | None, set[str]] = {connection: set() for connection in connections}
    if not connections:
        return {}
    rows = (
        Job.objects.across_tenants()
        .filter(connection__in=connections, kind=Publish.name)
        .exclude(remote_id="")
    )
    for connection, remote_id in rows.values_list("connection", "remote_id"):
        owned[connection].add(remote_id)
    return {connection: frozenset(found) for connection, found in owned.items() if connection}
