"""Whom events mean: the connections behind accounts and persons, for many events with two questions a partner."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import QuerySet

from apps.connections.choices import ConnectionStatus
from apps.connections.models import Connection
from apps.webhooks.inbound.interface import Told
from apps.webhooks.inbound.meta.receiver import login_of
from apps.webhooks.models import Intake


@dataclass(frozen=True, slots=True)
class Whom:
    """The connections that work, by account and by person."""

    by_account: dict[tuple[str, str], Connection] = field(default_factory=dict)
    by_person: dict[tuple[str, str, str], list[Connection]] = field(default_factory=lambda: defaultdict(list))

    def of(self, told: Told, row: Intake) -> Sequence[Connection]:
        """
        Return whom an event means. One that nobody signed means the connection to whose own address it came, and no other.

        A person at Meta has another id with each of our two apps: the one that signed says which is meant.
        """
        account = self.by_account.get((row.platform, told.account))
        if row.vouched:
            return [account] if account and account.pk == row.vouched else []
        if account:
            return [account]
        return self.by_person.get((row.platform, login_of(row.signer), told.person), [])


def find(tolds: Iterable[tuple[Told, Intake]]) -> Whom:
    """Look up whom these events mean."""
    accounts, persons = defaultdict(set), defaultdict(set)
    for told, row in tolds:
        if told.account:
            accounts[row.platform].add(told.account)
        if told.person:
            persons[row.platform].add(told.person)
    whom = Whom()
    for platform, names in accounts.items():
        for one in _connections(platform).filter(external_id__in=names):
            whom.by_account[platform, one.external_id] = one
    for platform, names in persons.items():
        for one in _connections(platform).filter(grant__external_user_id__in=names):
            whom.by_person[platform, one.grant.login, one.grant.external_user_id].append(one)
    return whom


def siblings(connections: Iterable[Connection]) -> set[UUID]:
    """Return every connection that these connections' authorisations serve."""
    rows = Connection.objects.across_tenants().filter(grant__in={one.grant_id for one in connections})
    return set(rows.values_list("pk", flat=True))


def _connections(platform: str) -> QuerySet[Connection]:
    rows = Connection.objects.across_tenants().select_related("grant").filter(platform=platform)
    return rows.exclude(status=ConnectionStatus.INACTIVE).order_by("pk")
