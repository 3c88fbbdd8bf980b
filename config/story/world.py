"""Who takes part: tenants, their accounts at the partners, and what is asked of both."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request

from django.db import transaction

from apps.connections.actions.connect import connect
from apps.connections.connectors.interface import AccountFacts, TokenSet
from apps.connections.connectors.registry import connector_for
from apps.connections.models import Connection
from apps.core import clock
from apps.jobs.models import Job
from apps.notifications.actions.channels import add_way_to_operations
from apps.notifications.choices import ChannelKind
from apps.tenants.actions.create_tenant import create_tenant
from apps.tenants.models import Tenant, User
from config.stack.stack import Stack
from config.story.browser import fetch_json
from config.story.content import everyday, shown_text

PASSWORD = "demo-password"  # noqa: S105 - of the demo, which production refuses
TENANTS = (
    ("Harbour Group", "harbour"),
    ("Northwind Bakery", "northwind"),
    ("Globex Travel", "globex"),
    ("Vandelay Imports", "vandelay"),
)
# What each tenant connects, and what the first two have besides: 25 in all.
ACCOUNTS = (
    ("meta", "page"),
    ("linkedin", "organization"),
    ("tiktok", "creator"),
    ("gbp", "location"),
    ("mailchimp", "audience"),
)
MORE = {
    0: (("meta", "page"), ("meta", "instagram"), ("linkedin", "member")),
    1: (("meta", "instagram"), ("linkedin", "member")),
}


@dataclass(frozen=True)
class Partner:
    """What the story must know of a partner: who can be verified, and how it says 500 (seen in public)."""

    platform: str
    kind: str
    commit: str
    posted_but_500: object


PARTNERS = (
    Partner(
        "meta",
        "page",
        "publish",
        {
            "error": {
                "message": "An unknown error has occurred.",
                "type": "OAuthException",
                "code": 1,
                "fbtrace_id": "AAk1",
            }
        },
    ),
    Partner(
        "linkedin",
        "organization",
        "publish",
        {"message": "Internal server error", "status": 500, "code": "INTERNAL_SERVER_ERROR"},
    ),
    Partner(
        "tiktok",
        "creator",
        "upload",
        {"data": {}, "error": {"code": "internal_error", "message": "Internal error", "log_id": "20261124"}},
    ),
    Partner(
        "gbp",
        "location",
        "publish",
        {"error": {"code": 500, "message": "Internal error encountered.", "status": "INTERNAL"}},
    ),
    Partner(
        "mailchimp",
        "audience",
        "send",
        {
            "type": "about:blank",
            "title": "Internal Server Error",
            "status": 500,
            "detail": "A deep, internal error has occurred during the processing of your request.",
        },
    ),
)


class World:
    """Everybody, and the jobs that were asked for."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.keys: dict[Any, str] = {}
        self.connections: list[Connection] = []
        self.jobs: dict[str, str] = {}  # job id -> text

    def connect(self, tenant: Tenant, platform: str, kind: str, name: str) -> None:
        """Let a tenant connect a new account, already granted at the partner."""
        person = person_of(name)
        wanted = {"platform": platform, "kind": kind, "name": name, "user_name": person}
        made = self.control("accounts", wanted)
        tokens = TokenSet(
            made["access_token"],
            refresh_token=made.get("refresh_token"),
            expires_in=made["expires_in"],
            scopes=tuple(made["scopes"]),
            user_id=made["user_id"],
            user_name=person,
        )
        account = AccountFacts(kind, made["account_id"], name, made["details"], made["account_token"])
        with transaction.atomic():
            self.connections += connect(
                tenant=tenant.pk,
                platform=platform,
                tokens=tokens,
                accounts=[account],
                actor="system:demo",
                at=clock.now(),
            )

    def some(self, partner: Partner, index: int) -> Connection:
        """Return one of the partner's verifiable connections."""
        mine = [
            one
            for one in self.connections
            if (one.platform, one.account_type) == (partner.platform, partner.kind)
        ]
        return mine[index]

    def answering(self) -> list[Connection]:
        """Every connection but those whose partner never answers."""
        silent = {self.some(partner, -1).pk for partner in PARTNERS}
        return [one for one in self.connections if one.pk not in silent]

    def publish(self, connection: Connection, text: str) -> str:
        """Publish an everyday post through the API; return the job."""
        return self.send(connection, everyday(connection, text))

    def send(self, connection: Connection, content: dict[str, Any]) -> str:
        """Publish this content through the API; return the job."""
        job = self.enqueue(connection, {"kind": "publish", "content": content})
        self.jobs[job] = shown_text(content)
        return job

    def enqueue(self, connection: Connection, body: dict[str, Any]) -> str:
        """Ask the API for a job of this connection."""
        answer = fetch_json(
            Request(
                f"{self.stack.url}/api/v2/jobs",
                json.dumps({"connection": str(connection.pk), **body}).encode(),
                {
                    "Content-Type": "application/json",
                    "Authorization": f"Bearer {self.keys[connection.tenant_id]}",
                },
            )
        )
        return str(answer["id"])

    def state(self, job: str) -> str:
        """Return a job's state."""
        return Job.objects.across_tenants().values_list("state", flat=True).get(pk=job)

    def ledger(self, connection: Connection | None = None) -> list[dict[str, Any]]:
        """Return what the partners really show, of one account or of all."""
        account = connection.external_id if connection else ""
        rows: list[dict[str, Any]] = fetch_json(
            Request(f"{self.stack.simulator_url}/control/ledger?account={account}")
        )
        return rows

    def calls(self, account: str, operation: str) -> list[dict[str, Any]]:
        """Return the requests that a partner saw, oldest first."""
        query = urlencode({"account": account, "operation": operation})
        answer = fetch_json(Request(f"{self.stack.simulator_url}/control/calls?{query}"))
        rows: list[dict[str, Any]] = answer["rows"]
        return rows

    def control(self, path: str, data: Any) -> Any:
        """Tell the simulator something."""
        request = Request(
            f"{self.stack.simulator_url}/control/{path}",
            json.dumps(data).encode(),
            {"Content-Type": "application/json"},
        )
        return fetch_json(request)

    def fault(self, effect: str, partner: Partner, connection: Connection, **more: Any) -> None:
        """Let the partner's next answer to this connection's commit be another one."""
        order = {
            "effect": effect,
            "platform": partner.platform,
            "account": connection.external_id,
            "operation": partner.commit,
            **more,
        }
        self.control("faults", order)

    def refuse_everybody(self, partner: Partner, *, status: int, body: object) -> None:
        """Let the partner answer everything like this, whoever asks for what, until it is mended."""
        order = {
            "effect": "answer",
            "platform": partner.platform,
            "status": status,
            "body": body,
            "times": 10**6,
        }
        self.control("faults", order)

    def mend(self) -> None:
        """Let every partner be well again."""
        fetch_json(Request(f"{self.stack.simulator_url}/control/faults", method="DELETE"))


def can_delete(connection: Connection) -> bool:
    """Return whether posts of this account can be deleted."""
    able = connector_for(connection.platform).capabilities
    return any(one.deletes for (kind, _), one in able.items() if kind == connection.account_type)


def person_of(account: str) -> str:
    """Return who signs in for an account: a consent page of the simulator lists everybody."""
    return f"Ana of {account}"


def make_tenant(name: str, slug: str) -> Tenant:
    """Create a tenant and its admin Alice."""
    tenant, admin = create_tenant(name=name, admin_email=f"alice@{slug}.test")
    admin.set_password(PASSWORD)
    admin.save(update_fields=["password"])
    return tenant


def make_staff() -> None:
    """Create the operator of the console, who is also told of incidents."""
    User.objects.create_superuser("ops@reknit.test", PASSWORD)
    add_way_to_operations(
        kind=ChannelKind.EMAIL,
        name="Operations",
        address="ops@reknit.test",
        actor="system:demo",
        at=clock.now(),
    )


def status_of(connection: Connection) -> str:
    """Return the status that the connection has now."""
    return str(Connection.objects.across_tenants().values_list("status", flat=True).get(pk=connection.pk))


def user_of(connection: Connection) -> str:
    """Return who authorised the connection, as the partner knows them."""
    return (
        Connection.objects.across_tenants()
        .select_related("grant")
        .get(pk=connection.pk)
        .grant.external_user_id
    )
