"""What a call to a partner needs, loaded for a whole turn at once."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from apps.connections import lifetimes, renewal, stage
from apps.connections.connectors.interface import AccountFacts, Connector, PostDraft
from apps.connections.connectors.registry import connector_for
from apps.connections.models import Credential
from apps.connections.stage import Pass, Stage
from apps.core import crypto
from apps.core.prepared import ask
from apps.errors.classification import Classification, Confidence, Scope
from apps.errors.codes import ErrorCode
from apps.errors.outcome import Outcome, Verdict
from apps.jobs.kinds import Work
from apps.jobs.models import Job


@dataclass(frozen=True, slots=True)
class Facts:
    """What a call to a partner needs, loaded before."""

    platform: str
    connector: Connector
    account: AccountFacts
    token: str
    refresh_token: str = ""
    draft: PostDraft | None = None
    stage: Stage | None = None  # of a drill, where the calls go instead
    scopes: frozenset[str] = frozenset()  # what the credential may do; none when the partner never said
    foreign_ids: frozenset[str] = frozenset()  # posts on this connection that other jobs own


class _Account(NamedTuple):
    """One row of the statement below."""

    connection: UUID
    platform: str
    type: str
    external_id: str
    name: str
    details: str
    credential: UUID
    version: int
    access: str
    refresh: str
    scopes: str
    expires_at: datetime | None
    route: UUID | None
    run: str | None
    stage_url: str
    stage_tokens: str
    stage_version: int


# One statement for a whole turn, without a model's instance for every call: each account with its own token, or with
# that of its sign-in. A token of its own is derived from the sign-in's, and nobody says again what it may do. While a drill
# runs on an account, its route says where its calls go, and when the token ends that it has there.
_ACCOUNTS = """
SELECT c.id, c.platform, c.account_type, c.external_id, c.name, c.details, k.id, k.version, k.access, k.refresh,
    coalesce(nullif(k.scopes, '[]'), g.scopes, '[]'),
    CASE WHEN r.id IS NULL THEN k.expires_at WHEN k.version <= r.version THEN r.expires_at END,
    r.id, r.run, r.base_url, r.tokens, r.version
FROM connections_connection c CROSS JOIN LATERAL (
    SELECT * FROM (
        SELECT * FROM connections_credential k
        WHERE k.grant_id = c.grant_id AND k.state = 'current' AND k.connection_id = c.id
        UNION ALL
        SELECT * FROM connections_credential k
        WHERE k.grant_id = c.grant_id AND k.state = 'current' AND k.connection_id IS NULL
    ) AS k ORDER BY k.connection_id NULLS LAST LIMIT 1
) k
LEFT JOIN LATERAL (
    SELECT g.scopes FROM connections_credential g
    WHERE g.grant_id = c.grant_id AND g.state = 'current' AND g.connection_id IS NULL LIMIT 1
) g ON true
LEFT JOIN connections_egressroute r ON r.connection_id = c.id AND r.closed_at IS NULL AND r.until > %(at)s
WHERE c.id = ANY (%(wanted)s)
"""


def load(jobs: Sequence[Job], at: datetime) -> dict[UUID, Work]:
    """Return each job's work with its account and credential: one query for all of them."""
    wanted = list({job.connection for job in jobs if job.connection})
    accounts = {row[0]: _Account(*row) for row in ask(_ACCOUNTS, {"wanted": wanted, "at": at})}
    ended = _renewable(accounts.values(), at)
    return {job.pk: _work(job, accounts.get(job.connection or job.pk), ended, at) for job in jobs}


def _work(job: Job, account: _Account | None, ended: Collection[UUID], at: datetime) -> Work:
    if account is None:
        return Work(job=job, at=at, failure=_nothing_to_call(job))
    if misplaced := stage.misplaced(job, account.run):
        return Work(job=job, at=at, failure=misplaced)
    if account.credential in ended:
        return Work(job=job, at=at, failure=_ended(job), credential_version=account.version)
    return Work(job=job, at=at, facts=_facts(account), credential_version=account.version)


def _renewable(accounts: Iterable[_Account], at: datetime) -> set[UUID]:
    """Return the credentials that are over and can be renewed."""
    over = [one.credential for one in accounts if lifetimes.has_ended(one.expires_at, at=at)]
    if not over:
        return set()
    rows = Credential.objects.select_related("grant").filter(pk__in=over)
    return {row.pk for row in rows if renewal.is_possible(row, at=at)}


def _facts(account: _Account) -> Facts:
    where = _stage(account)
    access, refresh = where.tokens.of_account if where else _tokens(account)
    return Facts(
        account.platform,
        connector_for(account.platform),
        AccountFacts(account.type, account.external_id, account.name, json.loads(account.details)),
        access,
        refresh,
        stage=where,
        scopes=frozenset(json.loads(account.scopes)),
    )


def _tokens(account: _Account) -> tuple[str, str]:
    key = account.credential
    return (
        crypto.decrypt(account.access, context=f"{key}:access"),
        crypto.decrypt(account.refresh, context=f"{key}:refresh") if account.refresh else "",
    )


def _stage(account: _Account) -> Stage | None:
    if account.route is None or account.run is None:
        return None
    kept = Pass.opened(account.stage_tokens, account.route)
    return kept.stage(account.run, account.stage_url, spoilt=account.version <= account.stage_version)


def _nothing_to_call(job: Job) -> Outcome:
    """The connection was disconnected meanwhile: only a person can connect it again."""
    return _refused(job, ErrorCode.AUTH_REVOKED, "system.disconnected", Scope.CALL)


def _ended(job: Job) -> Outcome:
    """Its token is over and can be renewed: the partner need not be asked to refuse it."""
    return _refused(job, ErrorCode.AUTH_EXPIRED, "system.token_ended", Scope.GRANT)


def _refused(job: Job, code: ErrorCode, rule: str, scope: Scope) -> Outcome:
    """Return what the partner would say, without asking."""
    found = Classification(
        code=code, platform=job.platform, rule_id=rule, confidence=Confidence.EXACT, scope=scope
    )
    return Outcome(verdict=Verdict.FAILURE, classification=found)
