"""How connections stand: whether something keeps them from publishing, since when, and who must do something about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.connections import credentials, permissions
from apps.connections.choices import RECONNECTABLE, REFUSED, STOPPED, ConnectionStatus, PausedBy
from apps.connections.guard import permission_words
from apps.connections.models import Connection
from apps.core.prepared import ask
from apps.recovery.choices import Family, Needs
from apps.recovery.models import Incident
from apps.recovery.queries import held_back, incidents_over
from apps.recovery.reconnect import reconnect_address
from apps.recovery.refusals import SomebodyElseReconnects
from apps.recovery.words import build_pause_reason, incident_sentence
from apps.tenants import flags
from apps.tenants.choices import Flag

ASKING = REFUSED
_DISCONNECTED = "It was disconnected. Connect it again, and posts go out on it."
_ASK_SOMEBODY = "Please ask whoever looks after Reknit for you to reconnect it."
_FORM = "1"  # raise it when the same facts are told in another way
# Everything that `troubled` tells, as one fingerprint: a banner asks every few seconds and nearly always nothing is new.
_VERSION = """
WITH mine AS (
    SELECT id, status, pause_reason, paused_by, paused_at, name, grant_id, platform
    FROM connections_connection WHERE tenant_id = %(tenant)s
), over AS (
    SELECT hit.connection, incident.id AS incident
    FROM recovery_hit hit JOIN recovery_incident incident ON incident.id = hit.incident_id
    WHERE hit.tenant_id = %(tenant)s AND hit.released_at IS NULL AND incident.closed_at IS NULL
    UNION ALL
    SELECT mine.id, incident.id FROM recovery_incident incident JOIN mine USING (platform)
    WHERE incident.closed_at IS NULL AND incident.family = %(app)s AND incident.stage = ''
), told AS (
    SELECT 'connection', concat_ws(' ', id, status, pause_reason, paused_by, paused_at, name) AS words
    FROM mine WHERE paused_at IS NOT NULL
    UNION ALL
    SELECT 'incident', concat_ws(' ', mine.id, mine.status, over.incident)
    FROM over JOIN mine ON mine.id = over.connection
    UNION ALL
    SELECT 'credential', id::text FROM connections_credential
    WHERE state = 'current' AND grant_id IN (SELECT grant_id FROM mine WHERE paused_at IS NOT NULL)
    UNION ALL
    SELECT 'flag', "on"::text FROM tenants_flagsetting WHERE tenant_id = %(tenant)s AND flag = %(flag)s
)
SELECT encode(sha256(convert_to(coalesce(string_agg(words, ',' ORDER BY words), ''), 'UTF8')), 'hex') FROM told
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """One connection as its people should see it; the sentence is empty while nothing is wrong."""

    connection: Connection
    sentence: str
    since: datetime | None
    needs: Needs
    missing: Sequence[str]  # scopes that some format needs and that were not given
    incident: Incident | None
    by_themselves: bool  # the tenant's people may reconnect

    @property
    def missing_in_words(self) -> list[str]:
        """What the missing scopes would let us do."""
        return permission_words(self.connection.platform, self.missing)

    @property
    def asks_for_more(self) -> bool:
        """Whether a reconnect has to ask for what was not given."""
        return bool(self.missing) and self.connection.status == ConnectionStatus.ACTIVE

    @property
    def remedy(self) -> str:
        """Where a reconnect begins that would mend something, or nothing."""
        mends = self.connection.status in RECONNECTABLE or self.asks_for_more
        return self.reconnect_url() if mends and self.by_themselves else ""

    def reconnect_url(self, *, scope_fix: bool | None = None) -> str:
        """
        Return where a reconnect begins; unless it is said, it asks for what is missing when something is.

        :raises SomebodyElseReconnects: when the tenant's people do not do that by themselves.
        """
        if not self.by_themselves:
            raise SomebodyElseReconnects
        return reconnect_address(
            self.connection, scope_fix=bool(self.missing) if scope_fix is None else scope_fix
        )


def standings(mine: Sequence[Connection], *, tenant: UUID) -> list[Standing]:
    """Return how each of the tenant's connections stands: as many questions for one as for a thousand."""
    over = incidents_over(mine, tenant=tenant)
    found = credentials.for_connections(mine)
    scopes = {pk: credential.scopes for pk, credential in found.items()}
    wizard = flags.enabled(tenant, Flag.RECONNECT_WIZARD)
    return [_standing(one, scopes.get(one.pk, []), over.get(one.pk), by_themselves=wizard) for one in mine]


def troubled(*, tenant: UUID) -> list[Standing]:
    """Return the connections on which something keeps posts back: first what needs the tenant's people, then the oldest."""
    # An incident may end between two reads; then there is nothing to say of its connections.
    found = [one for one in standings(list(held_back(tenant=tenant)), tenant=tenant) if one.sentence]
    order = {Needs.YOU: 0, Needs.OPERATIONS: 1, Needs.NOBODY: 2}
    return sorted(found, key=lambda one: (order[one.needs], one.since or one.connection.created_at))


def version(*, tenant: UUID) -> str:
    """Return what changes whenever `troubled` would tell something else, with one small question."""
    asked = {"tenant": tenant, "app": Family.APP.value, "flag": Flag.RECONNECT_WIZARD.value}
    ((told,),) = ask(_VERSION, asked)
    return f"{_FORM}-{told[:32]}"


def _standing(
    connection: Connection, granted: Sequence[str], incident: Incident | None, *, by_themselves: bool
) -> Standing:
    """Its own trouble comes before that of its partner: a dead token stays dead when an incident is over."""
    held = incident if connection.status == ConnectionStatus.ACTIVE else None
    scopes = permissions.missing(connection.platform, connection.account_type, granted) if granted else []
    return Standing(
        connection=connection,
        sentence=_sentence(connection, granted, held, by_themselves=by_themselves),
        since=held.opened_at if held else connection.paused_at,
        needs=_needs(connection, by_themselves=by_themselves),
        missing=scopes,
        incident=held,
        by_themselves=by_themselves,
    )


def _sentence(
    connection: Connection, granted: Sequence[str], incident: Incident | None, *, by_themselves: bool
) -> str:
    if incident:
        return incident_sentence(incident.family, incident.platform)
    if connection.status == ConnectionStatus.INACTIVE:
        return _DISCONNECTED
    if connection.status not in STOPPED:
        return ""
    why = build_pause_reason(connection.pause_reason, connection, granted=granted)
    asks = connection.status in ASKING and not by_themselves
    return f"{why} {_ASK_SOMEBODY}" if asks else why


def _needs(connection: Connection, *, by_themselves: bool) -> Needs:
    """A breaker brings its connection back by itself; what else is paused waits for operations."""
    if connection.status in ASKING:
        return Needs.YOU if by_themselves else Needs.OPERATIONS
    if connection.status == ConnectionStatus.PAUSED and connection.paused_by != PausedBy.BREAKER:
        return Needs.OPERATIONS
    return Needs.NOBODY
