"""The kind notification: carry one notice to one channel."""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from apps.core import crypto
from apps.errors.decide import Decision, Verb
from apps.errors.outcome import NextStep, Outcome, Verdict
from apps.errors.retry import PRESETS, RetryPolicy
from apps.errors.system import classify_system_error
from apps.jobs.kinds import Kind, LeaseWatch, OnUnknown, Work
from apps.jobs.models import Job
from apps.notifications import queries
from apps.notifications.carriers import CARRIERS, Message, NotTaken
from apps.notifications.choices import NoticeState
from apps.notifications.letter import Letter
from apps.notifications.models import Channel, Notice
from apps.tenants.scoping import TenantQuerySet

# Mail and chat libraries block. Threads of their own: the loop's default ones look up the names of all partners, and
# a mail server that hangs must not keep anybody from publishing.
_THREADS = ThreadPoolExecutor(max_workers=8, thread_name_prefix="notices")


@dataclass(frozen=True, slots=True)
class Facts:
    """What a sending needs, loaded before."""

    kind: str
    address: str
    message: Message


class Notification(Kind):
    """
    Tells somebody something.

    After an unknown outcome it is sent again under the same Message-ID. Nothing can be looked up in a mailbox, and a
    person who reads a notice twice is better off than one who never learns that the posts have stopped.
    """

    name = "notification"
    policy: ClassVar[RetryPolicy] = PRESETS["default"]
    on_unknown = OnUnknown.RESEND
    time_limit = timedelta(seconds=60)

    def first_step(self, args: Mapping[str, Any]) -> NextStep:
        return NextStep("send", at_commit=True)

    def load(self, jobs: Sequence[Job], at: datetime) -> dict[UUID, Work]:
        notices = queries.notices_across_tenants(UUID(job.args["notice"]) for job in jobs)
        channels = queries.channels_across_tenants(UUID(job.args["channel"]) for job in jobs)
        return {
            job.pk: _work(
                job, notices.get(UUID(job.args["notice"])), channels.get(UUID(job.args["channel"])), at
            )
            for job in jobs
        }

    async def run(self, work: Work, lease: LeaseWatch) -> Outcome:
        if not lease.holds():
            return Outcome(verdict=Verdict.NOT_SENT)
        facts: Facts = work.facts
        work.sent_at = work.at
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(_THREADS, CARRIERS[facts.kind], facts.address, facts.message)
        except NotTaken as refused:
            verdict = Verdict.UNKNOWN if refused.sent else Verdict.FAILURE
            return Outcome(
                verdict=verdict, classification=refused.found, evidence=refused.found.partner_message
            )
        return Outcome(verdict=Verdict.SUCCESS, committed=True)

    def settled(self, job: Job, outcome: Outcome, decision: Decision, at: datetime) -> None:
        if decision.verb is Verb.SUCCEED and "not_sent" not in outcome.result:
            _notice(job).exclude(state=NoticeState.TOLD).update(state=NoticeState.TOLD, told_at=at)
        elif decision.verb is Verb.SUCCEED:
            self.given_up(job, decision, at)

    def given_up(self, job: Job, decision: Decision, at: datetime) -> None:
        """One channel that did not get it is no failure of the notice when another one does, before or after."""
        _notice(job).filter(state=NoticeState.WAITING).update(state=NoticeState.FAILED)


def _work(job: Job, notice: Notice | None, channel: Channel | None, at: datetime) -> Work:
    if notice is None or channel is None or not channel.enabled or notice.state == NoticeState.WITHDRAWN:
        # There is nobody to tell or nothing to tell any more: the job ends well without a call.
        nothing = Outcome(verdict=Verdict.SUCCESS, result={"not_sent": True})
        return Work(job=job, at=at, failure=nothing)
    message = Message(str(job.pk), Letter(notice.subject, notice.text, notice.html))
    try:
        return Work(job=job, at=at, facts=Facts(channel.kind, channel.address(), message))
    except crypto.CannotDecrypt as error:  # of this channel alone: the others of the turn go on
        found = classify_system_error(error, request_sent=False)
        return Work(job=job, at=at, failure=Outcome(verdict=Verdict.FAILURE, classification=found))


def _notice(job: Job) -> TenantQuerySet[Notice]:
    return Notice.objects.across_tenants().filter(pk=job.args["notice"])
