"""Many webhooks of many partners, of which it is known what each must do: doubled, forged, malformed and out of order."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random

from django.db import transaction

from apps.connections.models import Connection, Grant
from apps.core import clock
from apps.events import log
from apps.events.models import Event
from apps.tenants.models import Tenant
from apps.webhooks.inbound.choices import Act, Ending
from apps.webhooks.models import IncomingEvent, Intake
from tests import partner_posts as posts
from tests.partner_posts import Google, Sent

DOUBLED, FORGED, MALFORMED, OLD = 0.3, 0.1, 0.05, 0.1
DAY = 86_400
KINDS = {"meta": "page", "tiktok": "creator", "gbp": "location"}


@dataclass(frozen=True)
class Shots:
    """What is to be sent, in this order, and whom it must stop: everybody else goes on."""

    sent: Sequence[Sent]
    stopped: frozenset[str]  # external ids
    real: int
    malformed: int
    proved: int  # different POSTs that a partner sealed: each is stored once, and nothing else is


def load(count: int, tenants: Sequence[Tenant], google: Google, rng: Random) -> Shots:
    """Connect as many accounts as there are events about them, and write the events."""
    names = [f"gun-{number}" for number in range(count)]
    connect(names, tenants)
    shots: list[Sent] = []
    stopped, fakes, nonsense = set(), 0, 0
    for number, name in enumerate(names):
        chance = rng.random()
        if chance < FORGED:
            shots.append(forged(number, name, google, rng))
            fakes += 1
        elif chance < FORGED + MALFORMED:
            shots.append(malformed(number, google))
            nonsense += 1
        elif chance < FORGED + MALFORMED + OLD:
            shots.append(told(number, name, google, ago=DAY))
        else:
            shots.append(told(number, name, google, ago=-1))
            stopped.add(name)
    again = rng.sample(shots, round(count * DOUBLED))
    everything = [*shots, *again]
    rng.shuffle(everything)
    return Shots(everything, frozenset(stopped), len(stopped), nonsense, count - fakes)


@transaction.atomic
def connect(names: Sequence[str], tenants: Sequence[Tenant]) -> None:
    """Connect an account for each name; each is its own person."""
    at, platforms = clock.now(), list(KINDS)
    rows = []
    for number, name in enumerate(names):
        tenant, platform = tenants[number % len(tenants)], platforms[number % len(KINDS)]
        grant = Grant(tenant=tenant, platform=platform, external_user_id=name)
        kind = KINDS[platform]
        rows.append(
            Connection(
                tenant=tenant,
                grant=grant,
                platform=platform,
                account_type=kind,
                external_id=name,
                name=name,
                created_at=at,
            )
        )
    Grant.objects.bulk_create([row.grant for row in rows])
    Connection.objects.bulk_create(rows)
    log.record_many(
        [
            log.NewEvent("connection.reconnected", row.tenant_id, f"connection:{row.pk}", "user:a", at)
            for row in rows
        ]
    )


def told(number: int, name: str, google: Google, *, ago: float) -> Sent:
    """Say that this account's access was taken back, so many seconds ago."""
    at = clock_of_partners() - ago
    platform = list(KINDS)[number % len(KINDS)]
    if platform == "meta":
        return posts.deauthorize(name, at=at)
    if platform == "tiktok":
        return posts.tiktok("authorization.removed", name, at=at, reason=1)
    return google.risc("tokens-revoked", name, name=f"jti-{name}", at=at)


def clock_of_partners() -> float:
    """A moment ahead of what was connected just before: partners write whole seconds."""
    at: datetime = clock.now()
    return at.timestamp() + 1


def forged(number: int, name: str, google: Google, rng: Random) -> Sent:
    """The same with a bit of the body flipped after it was sealed."""
    right = told(number, name, google, ago=-1)
    place = rng.randrange(len(right.body) // 2, len(right.body) - 4)
    wrong = right.body[:place] + bytes([right.body[place] ^ 1]) + right.body[place + 1 :]
    return replace(right, body=wrong)


def malformed(number: int, google: Google) -> Sent:
    """Rightly sealed, and nothing that a partner would say."""
    if number % 2:
        return posts.meta(b'{"object": "page", "entry": %d}' % number)
    return google.risc("tokens-revoked", "", name=f"jti-{number}", events=[number])


def troubles(shots: Shots) -> list[str]:
    """Return every promise that was broken, in words."""
    stopped = frozenset(
        Connection.objects.across_tenants().filter(status="revoked").values_list("external_id", flat=True)
    )
    revoked = list(Event.objects.filter(verb="connection.revoked").values_list("subject", flat=True))
    acted = IncomingEvent.objects.filter(act=Act.REVOKE, ending=Ending.DONE).count()
    stored, unreadable = Intake.objects.count(), Intake.objects.filter(state="malformed").count()
    found = {
        f"{len(shots.stopped - stopped)} were told of and go on": shots.stopped - stopped,
        f"{len(stopped - shots.stopped)} were stopped by nobody": stopped - shots.stopped,
        f"{len(revoked) - len(set(revoked))} were stopped twice": len(revoked) != len(set(revoked)),
        f"{acted} events acted, not {shots.real}": acted != shots.real,
        f"{stored} POSTs are stored, not {shots.proved}": stored != shots.proved,
        f"{unreadable} are kept as malformed, not {shots.malformed}": unreadable != shots.malformed,
        "some wait to be read": Intake.objects.filter(state="new").exists(),
        "some failed": IncomingEvent.objects.filter(ending=Ending.FAILED).exists(),
    }
    return [words for words, wrong in found.items() if wrong]
