"""The product's story, each step asserted against the simulator's ledger."""

import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener, urlopen

from django.db import transaction
from django.utils.text import slugify
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from apps.connections.actions.connect import connect
from apps.connections.connectors.interface import AccountFacts, TokenSet
from apps.connections.connectors.registry import connector_for
from apps.connections.models import Connection
from apps.core import clock
from apps.jobs.choices import FINAL, JobState
from apps.jobs.models import Job
from apps.tenants import keys
from apps.tenants.actions.create_tenant import create_tenant
from apps.tenants.models import Tenant, User
from config.stack.stack import Stack
from config.story_content import every_format, everyday, shown_text

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


LIMITED, RESTS = 400, 3  # how Meta answers a page that has had enough, and for how many seconds


class StoryBroke(AssertionError):
    """A step did not hold."""


class Story:
    """Tells it chapter by chapter."""

    def __init__(self, stack: Stack, console: Console) -> None:
        self.stack = stack
        self.console = console
        self.keys: dict[Any, str] = {}
        self.connections: list[Connection] = []
        self.jobs: dict[str, str] = {}  # job id -> text
        self.asked = ""
        self.began = time.monotonic()
        self._progress: Progress | None = None

    def tell(self) -> bool:
        """Tell the whole story; True when every step held."""
        with self._bars():
            self._meet_everybody()
            self._partners_that_never_answer()
            self._publish_everywhere()
            self._every_format()
            dead = self._two_tokens_die()
            self._reconnect(dead)
            self._a_partner_that_wants_it_slower()
            self._posted_in_spite_of_an_error()
            self._ask_where_nobody_can_look()
            self._kill_the_worker()
            self._wait("Everything ends", [one for one in self.jobs if one != self.asked], within=120)
        return self._reckon()

    # -- chapters

    def _meet_everybody(self) -> None:
        """Four tenants with 25 connections."""
        _staff()
        self._control("reset", {})
        with self._bar("Four tenants connect their accounts", 25) as step:
            for number, (name, slug) in enumerate(TENANTS):
                tenant = _tenant(name, slug)
                _, self.keys[tenant.pk] = keys.issue(
                    tenant=tenant.pk, name="story", scopes=["read", "publish"], at=clock.now()
                )
                wanted = (*ACCOUNTS, *MORE.get(number, ()))
                for index, (platform, kind) in enumerate(wanted, 1):
                    self._connect(tenant, platform, kind, f"{name} {index}")
                    step()

    def _connect(self, tenant: Tenant, platform: str, kind: str, name: str) -> None:
        wanted = {"platform": platform, "kind": kind, "name": name, "user_name": "Ana Silva"}
        made = self._control("accounts", wanted)
        tokens = TokenSet(
            made["access_token"],
            refresh_token=made.get("refresh_token"),
            expires_in=made["expires_in"],
            scopes=tuple(made["scopes"]),
            user_id=made["user_id"],
            user_name="Ana Silva",
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

    def _partners_that_never_answer(self) -> None:
        """Posts that go out while we wait in vain: found later, while the story goes on."""
        for partner in PARTNERS:
            silent = self._some(partner, -1)
            self._fault("accept_then_hang", partner, silent, seconds=90)
            self._publish(silent, f"Posted at {partner.platform}, and no answer ever came")

    def _publish_everywhere(self) -> None:
        """The everyday."""
        began = time.monotonic()
        ids = [
            self._publish(connection, f"Good morning no. {number} from {connection.name}")
            for connection in self._answering()
            for number in range(8)
        ]
        self._wait("Posts go out at the partners", ids, within=60)
        self._demand(
            all(self._state(one) == JobState.SUCCEEDED for one in ids),
            "every post of a quiet morning is published",
        )
        self.console.print(
            f"  {len(ids)} posts accepted and published, {len(ids) / (time.monotonic() - began):.0f} a second"
        )

    def _every_format(self) -> None:
        """Each format that a platform takes goes out, and what can be deleted is deleted again."""
        chosen = {(one.platform, one.account_type): one for one in reversed(self._answering())}
        ids = [
            (connection, self._send(connection, content))
            for connection in chosen.values()
            for content in every_format(connection)
        ]
        self._wait("Every format that the partners take", [one for _, one in ids], within=90)
        self._demand(
            all(self._state(one) == JobState.SUCCEEDED for _, one in ids), "every format is published"
        )
        first = {connection: job for connection, job in reversed(ids) if _deletes(connection)}
        remote = {job: Job.objects.across_tenants().get(pk=job).remote_id for job in first.values()}
        deletes = [
            self._enqueue(connection, {"kind": "delete", "remote_id": remote[job]})
            for connection, job in first.items()
        ]
        self._wait("One of each is deleted again", deletes, within=60)
        gone = {row["remote_id"] for row in self._ledger() if row["deleted_at"]}
        self._demand(gone == set(remote.values()), "what was deleted is gone at the partners")

    def _two_tokens_die(self) -> list[Connection]:
        """Access ends at two partners; the connections stop at once and keep what waits."""
        dead = [self._some(partner, 0) for partner in PARTNERS[:2]]
        for connection in dead:
            wanted = {
                "platform": connection.platform,
                "user_id": _user_of(connection),
                "mode": "password_changed",
            }
            self._control("tokens/revoke", wanted)
        ids = [
            self._publish(connection, f"Waiting no. {number} of {connection.name}")
            for connection in dead
            for number in range(12)
        ]
        stopped = ("attention", "revoked")
        self._until(
            "Access ends at two partners: paused, posts held",
            lambda: all(_status(one) in stopped for one in dead),
            within=20,
        )
        time.sleep(1)
        self._demand(
            all(self._state(one) == JobState.QUEUED for one in ids),
            "posts of a dead token are held, not failed",
        )
        self._print_pause_time()
        return dead

    def _reconnect(self, dead: list[Connection]) -> None:
        """Through the real pages: sign in, click, allow, come back."""
        waiting = [one for one in self.jobs if self._state(one) == JobState.QUEUED]
        for connection in dead:
            self._click_reconnect(connection)
        self._wait("Reconnected: what waited goes out in order", waiting, within=60)
        for connection in dead:
            texts = [row["text"] for row in self._ledger(connection) if row["text"].startswith("Waiting")]
            wanted = [f"Waiting no. {number} of {connection.name}" for number in range(12)]
            self._demand(texts == wanted, "missed posts go out once and in order")

    def _a_partner_that_wants_it_slower(self) -> None:
        """A page has had enough for a few seconds: it is left alone so long, and nobody else waits for it."""
        page, other = self._some(PARTNERS[0], 1), self._some(PARTNERS[0], 2)
        limited = {"error": {"message": "limit reached", "type": "OAuthException", "code": 80001}}
        more = {"status": LIMITED, "body": limited, "headers": {"Retry-After": str(RESTS)}}
        self._fault("answer", PARTNERS[0], page, **more)
        ids = [self._publish(page, f"Slower no. {number}") for number in range(6)]
        free = [self._publish(other, f"Not slowed down no. {number}") for number in range(6)]
        self._wait("A page is limited: the others go on", free, within=20)
        self._wait("Its time is over: its posts go out", ids, within=30)
        calls = self._calls(page.external_id, "publish")
        refused = next(number for number, call in enumerate(calls) if call["status"] == LIMITED)
        pause = calls[refused + 1]["at"] - calls[refused]["at"]
        self._demand(pause >= RESTS, "the limited page is left alone until its time is over")
        burnt = Job.objects.across_tenants().filter(pk__in=ids, attempts__gt=0).count()
        self._demand(burnt == 0, "waiting for a partner burns no try")

    def _posted_in_spite_of_an_error(self) -> None:
        """A partner posts and answers 500, or cuts the line: we look before we send again."""
        texts: list[tuple[Connection, str]] = []
        for partner in PARTNERS:
            first, second = self._some(partner, 1), self._some(partner, 2)
            self._fault("accept_then_answer", partner, first, status=500, body=partner.posted_but_500)
            self._fault("accept_then_cut", partner, second)
            texts += [
                (first, f"Posted at {partner.platform} with a 500"),
                (second, f"Posted at {partner.platform}, line cut"),
            ]
        ids = [self._publish(connection, text) for connection, text in texts]
        self._wait("Posted in spite of an error: found, not doubled", ids, within=60)
        for connection, text in texts:
            there = sum(row["text"] == text for row in self._ledger(connection))
            self._demand(there == 1, f"“{text}” is there exactly once")

    def _ask_where_nobody_can_look(self) -> None:
        """A LinkedIn member's posts are closed to us: we ask, we do not guess."""
        partner = PARTNERS[1]
        member = next(one for one in self.connections if one.account_type == "member")
        self._fault("accept_then_answer", partner, member, status=500, body=partner.posted_but_500)
        self.asked = self._publish(member, "Posted by a member with a 500")
        self._until(
            "Where nobody can look, a person is asked",
            lambda: self._state(self.asked) == JobState.HELD,
            within=20,
        )

    def _kill_the_worker(self) -> None:
        """SIGKILL between "sent" and "settled": what it had in hand is found, never sent twice."""
        for partner in PARTNERS:
            order = {
                "effect": "slow",
                "platform": partner.platform,
                "operation": partner.commit,
                "seconds": 3,
                "times": 12,
            }
            self._control("faults", order)
        ids = [
            self._publish(connection, f"Through the crash of {connection.name}")
            for connection in self._answering()
            if connection.account_type != "member"
        ]
        self._until("The worker dies while the partners still think", self._talking, within=20)
        self.stack.kill("worker-engine")
        self._wait("kill -9 of the worker: everything still ends", ids, within=120)

    # -- the end

    def _reckon(self) -> bool:
        ledger = Counter(row["text"] for row in self._ledger())
        states = Counter(self._state(one) for one in self.jobs)
        published = states[JobState.SUCCEEDED]
        doubled = sum(count - 1 for count in ledger.values() if count > 1)
        lost = sum(
            1
            for one, text in self.jobs.items()
            if self._state(one) == JobState.SUCCEEDED and not ledger[text]
        )
        stuck = sum(count for state, count in states.items() if state not in FINAL and state != JobState.HELD)
        unknown_to_us = sum(1 for text in ledger if text not in set(self.jobs.values()))
        rows = {
            "jobs": len(self.jobs),
            "published": published,
            "held": states[JobState.HELD],
            "asked": states[JobState.HELD],
            "doubled": doubled,
            "lost": lost,
            "stuck": stuck,
        }
        table = Table(title=f"The ledger of the partners agrees, after {time.monotonic() - self.began:.0f} s")
        for name in rows:
            table.add_column(name, justify="right")
        table.add_row(*(str(value) for value in rows.values()))
        self.console.print(table)
        asked = states[JobState.HELD]
        return (
            doubled == lost == stuck == unknown_to_us == 0
            and asked == 1
            and published == len(self.jobs) - asked
        )

    def _print_pause_time(self) -> None:
        lines = self.stack.home.log("worker-engine").read_text(errors="replace").splitlines()
        times = [line.rsplit("after", 1)[-1].strip() for line in lines if "pause.committed" in line]
        self.console.print(
            f"  From the classified error to the committed pause: {', '.join(times) or 'not logged'}"
        )

    # -- small steps

    def _some(self, partner: Partner, index: int) -> Connection:
        """Return one of the partner's verifiable connections."""
        mine = [
            one
            for one in self.connections
            if (one.platform, one.account_type) == (partner.platform, partner.kind)
        ]
        return mine[index]

    def _answering(self) -> list[Connection]:
        """Every connection but those whose partner never answers."""
        silent = {self._some(partner, -1).pk for partner in PARTNERS}
        return [one for one in self.connections if one.pk not in silent]

    def _talking(self) -> bool:
        """True while many calls are with the partners at once."""
        return Job.objects.across_tenants().filter(state=JobState.RUNNING).count() >= 10  # noqa: PLR2004 - "many"

    def _publish(self, connection: Connection, text: str) -> str:
        return self._send(connection, everyday(connection, text))

    def _send(self, connection: Connection, content: dict[str, Any]) -> str:
        job = self._enqueue(connection, {"kind": "publish", "content": content})
        self.jobs[job] = shown_text(content)
        return job

    def _enqueue(self, connection: Connection, body: dict[str, Any]) -> str:
        answer = _json(
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

    def _state(self, job: str) -> str:
        return Job.objects.across_tenants().values_list("state", flat=True).get(pk=job)

    def _ledger(self, connection: Connection | None = None) -> list[dict[str, Any]]:
        account = connection.external_id if connection else ""
        rows: list[dict[str, Any]] = _json(
            Request(f"{self.stack.simulator_url}/control/ledger?account={account}")
        )
        return rows

    def _calls(self, account: str, operation: str) -> list[dict[str, Any]]:
        """Return the requests that a partner saw, oldest first."""
        query = urlencode({"account": account, "operation": operation})
        answer = _json(Request(f"{self.stack.simulator_url}/control/calls?{query}"))
        rows: list[dict[str, Any]] = answer["rows"]
        return rows

    def _control(self, path: str, data: Any) -> Any:
        request = Request(
            f"{self.stack.simulator_url}/control/{path}",
            json.dumps(data).encode(),
            {"Content-Type": "application/json"},
        )
        return _json(request)

    def _fault(self, effect: str, partner: Partner, connection: Connection, **more: Any) -> None:
        order = {
            "effect": effect,
            "platform": partner.platform,
            "account": connection.external_id,
            "operation": partner.commit,
            **more,
        }
        self._control("faults", order)

    def _click_reconnect(self, connection: Connection) -> None:
        browser = _Browser()
        slug = Tenant.objects.get(pk=connection.tenant_id).slug
        alice = f"alice@{next(short for name, short in TENANTS if slugify(name) == slug)}.test"
        browser.sign_in(self.stack.url, alice)
        page = browser.get(f"{self.stack.url}/t/{slug}/")
        self._demand(
            connection.name in page and "Reconnect" in page, "the banner names the broken connection"
        )
        query = urlencode({"reconnect": "true", "prev_connection": connection.pk, "backfill": "on"})
        consent = browser.get(f"{self.stack.url}/api/oauth/{connection.platform}/start?{query}")
        ticked = dict.fromkeys(re.findall(r'name="(scope:[^"]+)"', consent), "1")
        browser.post(browser.at, {"user": _user_of(connection), "decision": "allow", **ticked})
        self._demand(_status(connection) == "active", f"{connection.name} is active after the reconnect")

    def _wait(self, title: str, ids: list[str], *, within: float) -> None:
        """Wait until these jobs have ended."""
        end = time.monotonic() + within
        with self._bar(title, len(ids)) as step:
            seen: set[str] = set()
            while len(seen) < len(ids):
                rows = (
                    Job.objects.across_tenants()
                    .filter(pk__in=ids, state__in=sorted(FINAL))
                    .values_list("pk", flat=True)
                )
                for one in {str(pk) for pk in rows} - seen:
                    seen.add(one)
                    step()
                self._demand(
                    time.monotonic() < end, f"“{title}” takes less than {within:.0f} s; {self._open(ids)}"
                )
                time.sleep(0.1)

    def _open(self, ids: list[str]) -> str:
        rows = (
            Job.objects.across_tenants()
            .filter(pk__in=ids)
            .exclude(state__in=sorted(FINAL))
            .values_list("state", "error_code")
        )
        return f"open: {dict(Counter(rows))}"

    def _until(self, title: str, condition: Callable[[], bool], *, within: float) -> None:
        end = time.monotonic() + within
        with self._bar(title, 1) as step:
            while not condition():
                self._demand(time.monotonic() < end, title)
                time.sleep(0.05)
            step()

    def _demand(self, condition: bool, promise: str) -> None:
        if not condition:
            raise StoryBroke(promise)

    @contextmanager
    def _bars(self) -> Iterator[None]:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self.console) as self._progress:
            yield

    @contextmanager
    def _bar(self, title: str, total: int) -> Iterator[Callable[[], None]]:
        if self._progress is None:
            raise RuntimeError("Bars exist while the story is told.")
        progress, task = self._progress, self._progress.add_task(title, total=total)
        yield lambda: progress.update(task, advance=1)


class _Browser:
    """As much of a browser as a sign-in needs: cookies, redirects, forms."""

    def __init__(self) -> None:
        self.cookies = CookieJar()
        self._opener = build_opener(HTTPCookieProcessor(self.cookies))
        self.at = ""

    def get(self, url: str) -> str:
        """Open a page."""
        return self._open(Request(url))

    def post(self, url: str, form: dict[str, str]) -> str:
        """Send a form."""
        return self._open(Request(url, urlencode(form).encode(), {"Referer": url}))

    def sign_in(self, site: str, email: str) -> None:
        """Sign in on our page."""
        self.get(f"{site}/sign-in/")
        token = next(cookie.value for cookie in self.cookies if cookie.name == "csrftoken")
        self.post(
            f"{site}/sign-in/", {"username": email, "password": PASSWORD, "csrfmiddlewaretoken": token or ""}
        )

    def _open(self, request: Request) -> str:
        try:
            with self._opener.open(request, timeout=40) as answer:
                self.at = answer.url
                text: str = answer.read().decode()
                return text
        except HTTPError as refused:
            raise StoryBroke(f"{refused.url} answered {refused.code}") from None


def _json(request: Request) -> Any:
    try:
        with urlopen(request, timeout=40) as answer:
            return json.load(answer)
    except HTTPError as refused:
        raise StoryBroke(f"{request.full_url} answered {refused.code}: {refused.read()[:300]!r}") from None


def _deletes(connection: Connection) -> bool:
    """Return whether posts of this account can be deleted."""
    able = connector_for(connection.platform).capabilities
    return any(one.deletes for (kind, _), one in able.items() if kind == connection.account_type)


def _tenant(name: str, slug: str) -> Tenant:
    tenant, admin = create_tenant(name=name, admin_email=f"alice@{slug}.test")
    admin.set_password(PASSWORD)
    admin.save(update_fields=["password"])
    return tenant


def _staff() -> None:
    User.objects.create_superuser("ops@reknit.test", PASSWORD)


def _status(connection: Connection) -> str:
    return str(Connection.objects.across_tenants().values_list("status", flat=True).get(pk=connection.pk))


def _user_of(connection: Connection) -> str:
    """Return who authorised the connection, as the partner knows them."""
    return (
        Connection.objects.across_tenants()
        .select_related("grant")
        .get(pk=connection.pk)
        .grant.external_user_id
    )
