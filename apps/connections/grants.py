"""What a call about a grant needs: it is about the authorisation, not about one of the accounts it serves."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from apps.connections.choices import CredentialState
from apps.connections.connectors.interface import AccountFacts, Connector, PostDraft, TokenSet
from apps.connections.connectors.registry import connector_for
from apps.connections.models import Credential, EgressRoute
from apps.connections.stage import Pass, Stage
from apps.jobs.kinds import Work
from apps.jobs.models import Job


@dataclass(frozen=True, slots=True)
class GrantFacts:
    """A grant with its current tokens, loaded before the call."""

    connector: Connector
    account: AccountFacts
    token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    login: str
    reply_lost: bool = False  # an earlier refresh of these tokens was sent, and nobody knows its answer
    derives: bool = False  # some accounts have tokens of their own, made from these
    draft: PostDraft | None = None
    stage: Stage | None = None  # of a drill, where the calls go instead

    @property
    def tokens(self) -> TokenSet:
        """Its tokens as connectors take them."""
        return TokenSet(
            self.token, refresh_token=self.refresh_token or None, user_id=self.account.external_id
        )


def load(jobs: Sequence[Job], at: datetime) -> dict[UUID, Work]:
    """Return each job's work with the credential of the grant in its arguments; one query for all of them."""
    rows = _current({job.args["grant"] for job in jobs})
    stages = _stages(rows, at)
    deriving = {str(row.grant_id) for row in rows if row.connection_id}
    by_grant = {str(row.grant_id): row for row in rows if not row.connection_id}
    return {
        job.pk: _on_stage(
            _work(job, by_grant.get(job.args["grant"]), at, derives=job.args["grant"] in deriving),
            stages.get(job.args["grant"]),
        )
        for job in jobs
    }


def versions(grants: Collection[str]) -> dict[str, int]:
    """Return the current version of each grant's own credential."""
    return {str(row.grant_id): row.version for row in _current(grants) if not row.connection_id}


def _current(grants: Collection[str]) -> list[Credential]:
    rows = Credential.objects.select_related("grant")
    return list(rows.filter(grant__in=map(UUID, grants), state=CredentialState.CURRENT))


def _stages(rows: Sequence[Credential], at: datetime) -> dict[str, Stage]:
    """Return the stages of sign-ins on which a drill runs."""
    versions = {row.grant_id: row.version for row in rows if not row.connection_id}
    routes = EgressRoute.objects.across_tenants().filter(
        connection__grant__in=versions, closed_at=None, until__gt=at
    )
    return {
        str(one.connection.grant_id): Pass.opened(one.tokens, one.pk).stage(
            one.run, one.base_url, spoilt=versions[one.connection.grant_id] <= one.version
        )
        for one in routes.select_related("connection")
    }


def _on_stage(work: Work, stage: Stage | None) -> Work:
    if stage and work.facts:
        tokens = stage.tokens
        work.facts = replace(work.facts, token=tokens.access, refresh_token=tokens.refresh, stage=stage)
    return work


def _work(job: Job, credential: Credential | None, at: datetime, *, derives: bool) -> Work:
    if credential is None:
        return Work(job=job, at=at)
    grant = credential.grant
    facts = GrantFacts(
        connector_for(grant.platform),
        AccountFacts("grant", grant.external_user_id, grant.user_name),
        credential.access_token(),
        credential.refresh_token(),
        grant.login,
        reply_lost=credential.reply_lost_at is not None,
        derives=derives,
    )
    return Work(job=job, at=at, facts=facts, credential_version=credential.version)
