"""New credentials prove themselves before anybody uses them: a health check with them, then the switch."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.connections import calls, sign_ins
from apps.connections.choices import SignInStage
from apps.connections.connectors.interface import AccountFacts, Connector, Context, PostDraft, StepResult
from apps.connections.connectors.registry import connector_for
from apps.connections.models import Grant, SignIn
from apps.core.problems import Problem
from apps.core.registry import Registry
from apps.errors.codes import ErrorAction, ErrorCode
from apps.errors.decide import Decision, Verb
from apps.errors.messages import PLATFORM_NAMES
from apps.errors.outcome import Outcome, Verdict
from apps.jobs.actions.enqueue import LaneSpec, NewJob, enqueue
from apps.jobs.kinds import LeaseWatch, Work
from apps.jobs.models import Job

# Who makes proven credentials the current ones, in the settling transaction; the floor above plugs itself in as "proven".
SWITCHES: Registry[Callable[[SignIn, sign_ins.Brought, datetime], None]] = Registry("switch of credentials")

_MAY_HEAL = frozenset({ErrorAction.RETRY_WITH_BACKOFF, ErrorAction.RETRY_AFTER, ErrorAction.VERIFY_FIRST})
_TOKEN_REFUSED = frozenset({ErrorCode.AUTH_INVALID, ErrorCode.AUTH_EXPIRED, ErrorCode.AUTH_REVOKED})
_TOO_NEW = 5.0  # seconds; a partner may not know a token that it gave out a moment ago
_ENDS = frozenset({Verb.FAIL, Verb.FAIL_CONTENT, Verb.DEAD_LETTER, Verb.HOLD})


@dataclass(frozen=True, slots=True)
class Facts:
    """What is proven: each account with the token that it is to use."""

    connector: Connector
    each: tuple[tuple[AccountFacts, str], ...]
    draft: PostDraft | None = None
    stage: None = None  # what a person brings from the partner is proven there, also during a drill

    @property
    def account(self) -> AccountFacts:
        """The first account."""
        return self.each[0][0]

    @property
    def token(self) -> str:
        """The first account's token."""
        return self.each[0][1]


@transaction.atomic
def begin(sign_in: SignIn, brought: sign_ins.Brought, chosen: Sequence[str], *, at: datetime) -> bool:
    """Keep what was brought and let a health check run with it in the grant's lane; False when it ended meanwhile."""
    if not sign_ins.keep(sign_in, brought, stage=SignInStage.PROVING, chosen=chosen, at=at):
        return False
    known = (
        Grant.objects.for_tenant(sign_in.tenant_id)
        .filter(platform=sign_in.platform, login=sign_in.login, external_user_id=brought.tokens.user_id)
        .first()
    )
    # A person's first grant takes the id of the sign-in: its lane is there before the row is.
    key = f"grant:{known.pk if known else sign_in.pk}"
    lane = LaneSpec(key=key, tenant=sign_in.tenant_id, platform=sign_in.platform, scopes=[])
    args = {"sign_in": str(sign_in.pk)}
    new = NewJob(lane, "health_check", args, due_at=at, connection=sign_in.connection_id, priority=0)
    enqueue(new, actor=f"user:{sign_in.user_id}", at=at)
    return True


def concerns(args: Mapping[str, object]) -> bool:
    """Return True when a health check is about pending credentials."""
    return "sign_in" in args


def load(jobs: Sequence[Job], at: datetime) -> dict[UUID, Work]:
    """Return each job's work; a sign-in that has ended has nothing to prove."""
    rows = SignIn.objects.across_tenants().filter(
        pk__in=[job.args["sign_in"] for job in jobs], stage=SignInStage.PROVING
    )
    going = {str(row.pk): row for row in rows}
    return {job.pk: _work(job, going.get(job.args["sign_in"]), at) for job in jobs}


def _work(job: Job, sign_in: SignIn | None, at: datetime) -> Work:
    if sign_in is None:
        return Work(job=job, at=at, failure=Outcome(verdict=Verdict.SUCCESS))
    brought = sign_ins.brought_by(sign_in)
    each = tuple(
        (account, account.token or brought.tokens.access_token)
        for account in brought.accounts
        if account.external_id in sign_in.chosen
    )
    return Work(job=job, at=at, facts=Facts(connector_for(sign_in.platform), each))


async def run(work: Work, lease: LeaseWatch) -> Outcome:
    """Ask after every chosen account. That a partner says no is an answer, and no failure of the check."""

    async def prove(ctx: Context) -> Outcome:
        works: list[str] = []
        for account, token in work.facts.each:
            result = await work.facts.connector.health(replace(ctx, account=account, token=token))
            if result.failure and (stop := _stopped_by(result, work)):
                return stop
            if not result.failure:
                works.append(account.external_id)
        return Outcome(verdict=Verdict.SUCCESS, result={"works": works})

    return await calls.guarded(work, lease, prove)


def _stopped_by(result: StepResult, work: Work) -> Outcome | None:
    """Return what ends this round of questions: trouble that may pass, or a token that may only be too new."""
    found = result.failure
    if found is None:
        return None
    if found.action in _MAY_HEAL:
        return Outcome(verdict=Verdict.FAILURE, classification=found)
    if found.code in _TOKEN_REFUSED and not work.job.progress.get("asked_again"):
        return Outcome(verdict=Verdict.SUCCESS, poll_after=_TOO_NEW, progress={"asked_again": True})
    return None


def settled(job: Job, outcome: Outcome, decision: Decision, at: datetime) -> None:
    """Switch to what has proven itself, or note that nothing was changed."""
    sign_in = (
        SignIn.objects.across_tenants()
        .select_for_update(of=("self",))
        .filter(pk=job.args["sign_in"], stage=SignInStage.PROVING)
        .first()
    )
    if sign_in is None:
        return
    name = PLATFORM_NAMES[sign_in.platform]
    if decision.verb is Verb.SUCCEED:
        _switch(sign_in, list(outcome.result.get("works", [])), name, at)
    elif decision.verb in _ENDS:
        why = f"{name} did not answer when we checked the connection. Nothing was changed; try again in a minute."
        sign_ins.end(sign_in, SignInStage.FAILED, why=why)


def _switch(sign_in: SignIn, works: list[str], name: str, at: datetime) -> None:
    brought = sign_ins.brought_by(sign_in)
    first = sign_in.connection.external_id if sign_in.connection else ""
    left_out = [
        one.name
        for one in brought.accounts
        if one.external_id in sign_in.chosen and one.external_id not in works
    ]
    if not works or (first in sign_in.chosen and first not in works):
        why = f"{name} let you in, but it does not let us work with {left_out[0]}. Nothing was changed."
        sign_ins.end(sign_in, SignInStage.FAILED, why=why)
        return
    sign_in.chosen = works
    sign_in.why = f"{name} does not let us work with {', '.join(left_out)}." if left_out else ""
    try:
        with transaction.atomic():
            SWITCHES.get("proven")(sign_in, brought, at)
    except Problem as problem:
        sign_ins.end(sign_in, SignInStage.FAILED, why=problem.detail or problem.title)
