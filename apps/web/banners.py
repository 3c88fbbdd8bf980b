"""The banners that a tenant sees in its worst minute."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.connections.models import Connection
from apps.errors.codes import ErrorCode
from apps.recovery.models import Incident
from apps.recovery.reconnect import generate_reconnect_url
from apps.recovery.words import build_pause_reason, incident_headline, partner_name


@dataclass(frozen=True, slots=True)
class Banner:
    """What broke, why, since when, what waits, and the one button that mends it, for all accounts of one sign-in."""

    connection: Connection  # the first of them; signing in again brings all of them back
    others: int
    since: datetime | None
    partner: str
    why: str
    waiting: int
    by_themselves: bool  # the tenant's people may reconnect; else they are told whom to ask

    @property
    def reconnect_path(self) -> str:
        """Where the button leads."""
        return generate_reconnect_url(self.connection).split("?")[0]

    @property
    def asks_for_permission(self) -> bool:
        """Whether the partner is to ask again for what was not allowed."""
        return self.connection.pause_reason == ErrorCode.PERMISSION_INSUFFICIENT


@dataclass(frozen=True, slots=True)
class Calm:
    """A partner's trouble that mends itself: no button, and nothing of other tenants."""

    headline: str
    since: datetime
    accounts: int
    waiting: int


def banners(
    refused: Iterable[Connection], waiting: Mapping[UUID, int], *, by_themselves: bool
) -> list[Banner]:
    """Return one banner for each sign-in and reason: thirty pages that stopped together come back together."""
    together: dict[tuple[UUID, str], list[Connection]] = defaultdict(list)
    for one in refused:
        together[one.grant_id, one.pause_reason].append(one)
    return [
        Banner(
            connection=first,
            others=len(others),
            since=min((one.paused_at for one in (first, *others) if one.paused_at), default=None),
            partner=partner_name(first),
            why=build_pause_reason(first.pause_reason, first),
            waiting=sum(waiting.get(one.pk, 0) for one in (first, *others)),
            by_themselves=by_themselves,
        )
        for first, *others in together.values()
    ]


def calms(
    connections: Sequence[Connection], over: Mapping[UUID, Incident], waiting: Mapping[UUID, int]
) -> list[Calm]:
    """Return one banner for each incident that is over some of the tenant's connections."""
    held = [one for one in connections if one.pk in over]
    posts: Counter[UUID] = Counter()
    for one in held:
        posts[over[one.pk].pk] += waiting.get(one.pk, 0)
    firsts = {over[one.pk].pk: one for one in reversed(held)}
    return [
        Calm(
            headline=incident_headline(over[one.pk].family, partner_name(one)),
            since=over[one.pk].opened_at,
            accounts=sum(1 for other in held if over[other.pk].pk == incident),
            waiting=posts[incident],
        )
        for incident, one in firsts.items()
    ]
