"""The routes of drills: who has one, and what the stage gives out to those."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from apps.connections import credentials
from apps.connections.choices import CredentialState
from apps.connections.connectors.interface import AccountFacts, TokenSet
from apps.connections.models import Credential, EgressRoute
from apps.connections.stage import Pass, StageTokens


def unclosed() -> QuerySet[EgressRoute]:
    """Return the routes that nobody has closed, over or not: nearly always none."""
    return EgressRoute.objects.across_tenants().filter(closed_at=None)


def unclosed_on(connections: Collection[UUID]) -> QuerySet[EgressRoute]:
    """Return those of these connections."""
    return unclosed().filter(connection__in=connections)


def open_on(connections: Collection[UUID], *, at: datetime) -> QuerySet[EgressRoute]:
    """Return the routes that lead these connections to a stage now."""
    return unclosed_on(connections).filter(until__gt=at)


def drilled_since(moment: datetime) -> QuerySet[EgressRoute]:
    """Return the routes of connections whose failures since then are no partner's."""
    lately = Q(closed_at=None) | Q(closed_at__gte=moment)
    return EgressRoute.objects.across_tenants().filter(lately)


def counting() -> dict[str, list[EgressRoute]]:
    """Return the routes on which a partner's incident is played, by drill."""
    found: dict[str, list[EgressRoute]] = defaultdict(list)
    for one in unclosed().filter(counts=True):
        found[one.run].append(one)
    return found


def renew(
    grant: UUID, tokens: TokenSet, accounts: Sequence[AccountFacts], *, run: str, instead_of: int
) -> None:
    """Keep what the stage gave out for a refresh with its routes; the real tokens stay, under a new number."""
    mine = Credential.objects.filter(grant=grant, connection=None, state=CredentialState.CURRENT)
    if not mine.filter(version=instead_of).exists():
        return  # somebody reconnected meanwhile
    own = {one.external_id: one.token or "" for one in accounts}
    rows = EgressRoute.objects.across_tenants().filter(run=run, closed_at=None, connection__grant=grant)
    for row in rows.select_related("connection"):
        kept = Pass.opened(row.tokens, row.pk)
        second = StageTokens(
            tokens.access_token,
            own.get(row.connection.external_id, "") or kept.second.own,
            tokens.refresh_token or kept.first.refresh,
        )
        fresh = Pass(kept.first, second, kept.client_id, kept.client_secret)
        EgressRoute.objects.across_tenants().filter(pk=row.pk).update(tokens=fresh.sealed(row.pk))
    credentials.raise_together([grant])
