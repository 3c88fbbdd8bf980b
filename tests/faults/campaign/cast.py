"""Who publishes in a campaign: tenants with an account of each kind, and their posts."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.request import Request, urlopen

from django.db import DatabaseError, transaction
from django.db import connection as database

from apps.connections.actions.connect import connect
from apps.connections.connectors.interface import AccountFacts, TokenSet
from apps.connections.models import Connection
from apps.core import clock
from apps.jobs.actions.enqueue import LaneSpec, NewJob, enqueue
from apps.publishing.actions.publish import publish
from apps.publishing.media import store
from apps.tenants.actions.create_tenant import create_tenant

COMMIT_STEPS = ("feed", "post", "upload", "local_post", "send")
POSTS_A_CONNECTION = 20
TWINS_EVERY = 20  # one post in so many is sent twice on purpose


@dataclass(frozen=True)
class Role:
    """A kind of account, how its posts are verified, and the operation that makes them public."""

    platform: str
    kind: str
    verify: str
    commit: str
    twins: bool = True  # the partner takes the same text twice


ROLES = (
    Role("meta", "page", "by_list", "publish"),
    Role("linkedin", "organization", "by_list", "publish", twins=False),
    Role("linkedin", "member", "none", "publish", twins=False),
    Role("tiktok", "creator", "by_id", "upload"),
    Role("gbp", "location", "by_marker", "publish"),
    Role("mailchimp", "audience", "by_id", "send"),
)


@dataclass(frozen=True)
class Posted:
    """A job of the campaign, and the text by which the ledger knows it."""

    job: str
    role: Role
    account: str
    text: str


class Partners:
    """The simulator's control API."""

    def __init__(self, url: str) -> None:
        self._url = f"{url}/control"

    def tell(self, path: str, data: Any) -> Any:
        """Order something."""
        body = json.dumps(data).encode()
        with urlopen(
            Request(f"{self._url}/{path}", body, {"Content-Type": "application/json"}), timeout=60
        ) as answer:
            return json.load(answer)

    def ledger(self) -> list[dict[str, Any]]:
        """Return what really went public."""
        with urlopen(f"{self._url}/ledger", timeout=60) as answer:
            rows: list[dict[str, Any]] = json.load(answer)
        return rows


def connect_everybody(partners: Partners, roles: tuple[Role, ...], jobs: int) -> dict[Connection, Role]:
    """Create as many tenants as the jobs need, each with an account of each role."""
    tenants = max(1, -(-jobs // (POSTS_A_CONNECTION * len(roles))))
    found: dict[Connection, Role] = {}
    for number in range(tenants):
        tenant, _ = create_tenant(name=f"Tenant {number}", admin_email=f"alice@tenant{number}.test")
        for role in roles:
            made = partners.tell(
                "accounts", {"platform": role.platform, "kind": role.kind, "name": f"T{number}"}
            )
            tokens = TokenSet(
                made["access_token"],
                refresh_token=made.get("refresh_token"),
                expires_in=made["expires_in"],
                scopes=tuple(made["scopes"]),
                user_id=made["user_id"],
            )
            account = AccountFacts(
                role.kind, made["account_id"], f"T{number}", made["details"], made["account_token"]
            )
            with transaction.atomic():
                (connection,) = connect(
                    tenant=tenant.pk,
                    platform=role.platform,
                    tokens=tokens,
                    accounts=[account],
                    actor="system:campaign",
                    at=clock.now(),
                )
            found[connection] = role
    return found


def poison(cast: dict[Connection, Role], jobs: int = 4) -> list[str]:
    """Enqueue work that its worker does not survive, each in a lane of its own; return the jobs."""
    tenant, found = next(iter(cast)).tenant_id, []
    for number in range(jobs):
        lane = LaneSpec(key=f"connection:poison{number}", tenant=tenant, platform="meta", scopes=[])
        args = {"effect": "kill" if number % 2 else "raise"}
        at = clock.now()
        job, _ = enqueue(
            NewJob(lane=lane, kind="poison", args=args, due_at=at), actor="system:campaign", at=at
        )
        found.append(str(job.pk))
    return found


def post_all(cast: dict[Connection, Role], jobs: int) -> Iterator[Posted]:
    """Enqueue the posts, connections taking turns; every twentieth text goes out twice on purpose."""
    films: dict[Any, str] = {}
    order = list(cast)
    for number in range(jobs):
        connection = order[number % len(order)]
        role, round_ = cast[connection], number // len(order)
        twin = role.twins and round_ % TWINS_EVERY == TWINS_EVERY - 1
        text = f"Post {round_ - 1 if twin else round_} of {connection.name} at {role.platform} {role.kind}"
        yield Posted(_accept(connection, role, text, films, str(number)), role, connection.external_id, text)


def _accept(connection: Connection, role: Role, text: str, films: dict[Any, str], key: str) -> str:
    """Enqueue as a good client does: again with the same key for as long as nobody says whether it was taken."""
    while True:
        try:
            job, _ = publish(
                connection=connection,
                raw=_content(connection, role, text, films),
                actor="system:campaign",
                at=clock.now(),
                idempotency_key=key,
                allow_duplicate=True,
            )
            return str(job.pk)
        except DatabaseError:
            database.close()
            time.sleep(0.3)


def _content(connection: Connection, role: Role, text: str, films: dict[Any, str]) -> dict[str, Any]:
    if role.platform == "tiktok":
        if connection.tenant_id not in films:
            film = b"\x00\x00\x00\x18ftypmp42" + bytes(2000)
            kept = store(film, name="clip.mp4", tenant=connection.tenant_id, at=clock.now())
            films[connection.tenant_id] = str(kept.pk)
        return {"format": "video", "text": text, "media": [films[connection.tenant_id]]}
    if role.platform == "gbp":
        return {"format": "update", "text": text, "link": "https://harbour.test/menu"}
    if role.platform == "mailchimp":
        options = {"subject": text, "from_name": "T", "reply_to": "hello@harbour.test"}
        return {"format": "campaign", "text": "Dear guests.", "options": options}
    return {"format": "text", "text": text}
