"""Giving access back: when nobody uses a grant any more, it ends at the partner and its tokens are erased here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.connections import calls, credentials
from apps.connections.choices import ConnectionStatus
from apps.connections.connectors.interface import AccountFacts, Connector, Context, PostDraft, TokenSet
from apps.connections.connectors.registry import connector_for
from apps.connections.models import Connection, Credential, Grant
from apps.errors.codes import ErrorAction
from apps.errors.outcome import Outcome, Verdict
from apps.events import log
from apps.jobs.actions.enqueue import LaneSpec, NewJob, enqueue
from apps.jobs.actions.hold import release
from apps.jobs.choices import OPEN
from apps.jobs.kinds import HoldReason, LeaseWatch, Work
from apps.jobs.models import Job

_DEAD_ALREADY = frozenset({ErrorAction.PAUSE_RECONNECT, ErrorAction.REFRESH_TOKEN})


@dataclass(frozen=True, slots=True)
class Facts:
    """Whose access is given back."""

    connector: Connector
    tokens: TokenSet
    login: str
    draft: PostDraft | None = None
    stage: None = None  # it waits for the end of a drill

    @property
    def account(self) -> AccountFacts:
        """None in particular."""
        return AccountFacts("", "")

    @property
    def token(self) -> str:
        """The token that the call is made with."""
        return self.tokens.access_token


def retire(grant: Grant, *, actor: str, at: datetime) -> bool:
    """Let the grant end when no connection uses it; call it at the end of the transaction that took the last one."""
    if is_used(grant):
        return False
    scope = f"grant:{grant.pk}"
    release(scope=scope, reason=HoldReason.CONNECTION, actor=actor, at=at)
    if credentials.current(grant=grant.pk) is None:
        return False
    lane = LaneSpec(key=scope, tenant=grant.tenant_id, platform=grant.platform, scopes=[])
    # About no connection in particular: what the partner says to this must stop none of them.
    new = NewJob(lane, "revoke", {"grant": str(grant.pk)}, due_at=at, priority=0)
    enqueue(new, actor=actor, at=at)
    return True


def is_used(grant: Grant) -> bool:
    """Return True while a connection works with the grant, or its person is just coming back."""
    served = Connection.objects.for_tenant(grant.tenant_id).filter(grant=grant)
    coming = Job.objects.for_tenant(grant.tenant_id).filter(
        lane__key=f"grant:{grant.pk}", kind="health_check", state__in=sorted(OPEN)
    )
    return served.exclude(status=ConnectionStatus.INACTIVE).exists() or coming.exists()


def load(jobs: Sequence[Job], at: datetime) -> dict[UUID, Work]:
    """Return each job's work; there is nothing to give back of a grant that is used again."""
    works: dict[UUID, Work] = {}
    for job in jobs:
        grant = Grant.objects.across_tenants().get(pk=job.args["grant"])
        credential = credentials.current(grant=grant.pk)
        if credential is None or is_used(grant):
            kept = Outcome(verdict=Verdict.SUCCESS, result={"used": True})
            works[job.pk] = Work(job=job, at=at, failure=kept)
            continue
        tokens = TokenSet(credential.access_token(), credential.refresh_token() or None)
        works[job.pk] = Work(job=job, at=at, facts=Facts(connector_for(grant.platform), tokens, grant.login))
    return works


async def run(work: Work, lease: LeaseWatch) -> Outcome:
    """Ask the partner to end it; what is dead already has ended."""

    async def give_back(ctx: Context) -> Outcome:
        facts: Facts = work.facts
        result = await facts.connector.revoke(ctx.app, ctx.wire, facts.tokens, login=facts.login)
        if result.failure and result.failure.action not in _DEAD_ALREADY:
            return Outcome(verdict=Verdict.FAILURE, classification=result.failure)
        return Outcome(verdict=Verdict.SUCCESS)

    return await calls.guarded(work, lease, give_back)


def erase(job: Job, *, at_partner: bool, at: datetime) -> None:
    """Erase every token of the grant, whatever the partner said."""
    Credential.objects.filter(grant=job.args["grant"]).delete()
    log.record(
        "grant.ended",
        tenant=job.tenant_id,
        subject=f"grant:{job.args['grant']}",
        actor="system:engine",
        at=at,
        data={"at_partner": at_partner},
    )
