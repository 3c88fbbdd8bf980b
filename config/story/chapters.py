"""The story, chapter by chapter."""

import json
import time
from collections import Counter

from rich.console import Console
from rich.table import Table

from apps.connections.models import Connection
from apps.core import clock
from apps.jobs.choices import FINAL, JobState
from apps.jobs.models import Job
from apps.notifications.models import Notice
from apps.tenants import keys
from config.stack.stack import Stack
from config.story.content import every_format
from config.story.incident import a_partner_refuses_everybody
from config.story.left import leave_one_to_the_visitor
from config.story.progress import Waiting, demand
from config.story.reconnecting import click_reconnect
from config.story.removal import a_person_removes_the_app
from config.story.world import (
    ACCOUNTS,
    MORE,
    PARTNERS,
    TENANTS,
    World,
    can_delete,
    make_staff,
    make_tenant,
    status_of,
    user_of,
)

LIMITED, RESTS = 400, 3  # how Meta answers a page that has had enough, and for how many seconds


class Story:
    """Tells it chapter by chapter."""

    def __init__(self, stack: Stack, console: Console) -> None:
        self.stack = stack
        self.console = console
        self.world = World(stack)
        self.waiting = Waiting(console)
        self.asked = ""
        self.began = time.monotonic()

    def tell(self) -> bool:
        """Tell the whole story; True when every step held."""
        with self.waiting.bars():
            self._meet_everybody()
            self._partners_that_never_answer()
            self._publish_everywhere()
            self._every_format()
            dead = self._two_tokens_die()
            self._reconnect(dead)
            self._a_partner_that_wants_it_slower()
            a_partner_refuses_everybody(self.world, self.waiting, self.console)
            a_person_removes_the_app(self.world, self.waiting, self.console, self._click_reconnect)
            self._posted_in_spite_of_an_error()
            self._ask_where_nobody_can_look()
            self._kill_the_worker()
            self.waiting.until_ended(
                "Everything ends", [one for one in self.world.jobs if one != self.asked], within=120
            )
        held = self._reckon()
        with self.waiting.bars():
            leave_one_to_the_visitor(self.world, self.waiting, self.console)
        return held

    def _meet_everybody(self) -> None:
        """Four tenants with 25 connections."""
        make_staff()
        self.world.control("reset", {})
        with self.waiting.bar("Four tenants connect their accounts", 25) as step:
            for number, (name, slug) in enumerate(TENANTS):
                tenant = make_tenant(name, slug)
                _, self.world.keys[tenant.pk] = keys.issue(
                    tenant=tenant.pk, name="story", scopes=["read", "publish"], at=clock.now()
                )
                wanted = (*ACCOUNTS, *MORE.get(number, ()))
                for index, (platform, kind) in enumerate(wanted, 1):
                    self.world.connect(tenant, platform, kind, f"{name} {index}")
                    step()

    def _partners_that_never_answer(self) -> None:
        """Posts that go out while we wait in vain: found later, while the story goes on."""
        for partner in PARTNERS:
            silent = self.world.some(partner, -1)
            self.world.fault("accept_then_hang", partner, silent, seconds=90)
            self.world.publish(silent, f"Posted at {partner.platform}, and no answer ever came")

    def _publish_everywhere(self) -> None:
        """The everyday."""
        began = time.monotonic()
        ids = [
            self.world.publish(connection, f"Good morning no. {number} from {connection.name}")
            for connection in self.world.answering()
            for number in range(8)
        ]
        self.waiting.until_ended("Posts go out at the partners", ids, within=60)
        demand(
            all(self.world.state(one) == JobState.SUCCEEDED for one in ids),
            "every post of a quiet morning is published",
        )
        self.console.print(
            f"  {len(ids)} posts accepted and published, {len(ids) / (time.monotonic() - began):.0f} a second"
        )

    def _every_format(self) -> None:
        """Each format that a platform takes goes out, and what can be deleted is deleted again."""
        chosen = {(one.platform, one.account_type): one for one in reversed(self.world.answering())}
        ids = [
            (connection, self.world.send(connection, content))
            for connection in chosen.values()
            for content in every_format(connection)
        ]
        self.waiting.until_ended("Every format that the partners take", [one for _, one in ids], within=90)
        demand(
            all(self.world.state(one) == JobState.SUCCEEDED for _, one in ids), "every format is published"
        )
        first = {connection: job for connection, job in reversed(ids) if can_delete(connection)}
        remote = {job: Job.objects.across_tenants().get(pk=job).remote_id for job in first.values()}
        deletes = [
            self.world.enqueue(connection, {"kind": "delete", "remote_id": remote[job]})
            for connection, job in first.items()
        ]
        self.waiting.until_ended("One of each is deleted again", deletes, within=60)
        gone = {row["remote_id"] for row in self.world.ledger() if row["deleted_at"]}
        demand(gone == set(remote.values()), "what was deleted is gone at the partners")

    def _two_tokens_die(self) -> list[Connection]:
        """Access ends at two partners; the connections stop at once and keep what waits."""
        dead = [self.world.some(partner, 0) for partner in PARTNERS[:2]]
        for connection in dead:
            wanted = {
                "platform": connection.platform,
                "user_id": user_of(connection),
                "mode": "password_changed",
            }
            self.world.control("tokens/revoke", wanted)
        ids = [
            self.world.publish(connection, f"Waiting no. {number} of {connection.name}")
            for connection in dead
            for number in range(12)
        ]
        stopped = ("attention", "revoked")
        self.waiting.until(
            "Access ends at two partners: paused, posts held",
            lambda: all(status_of(one) in stopped for one in dead),
            within=20,
        )
        time.sleep(1)
        demand(
            all(self.world.state(one) == JobState.QUEUED for one in ids),
            "posts of a dead token are held, not failed",
        )
        self._print_pause_time()
        teams = {one.tenant_id for one in dead}
        self.waiting.until(
            "Their people are told, one mail to each team", lambda: self._told() == len(teams), within=40
        )
        return dead

    def _told(self) -> int:
        """Return how many notices have reached somebody."""
        return Notice.objects.across_tenants().filter(tenant__isnull=False, state="told").count()

    def _reconnect(self, dead: list[Connection]) -> None:
        """Through the real pages: sign in, click, allow, come back."""
        waiting = [one for one in self.world.jobs if self.world.state(one) == JobState.QUEUED]
        for connection in dead:
            self._click_reconnect(connection)
        self.waiting.until_ended("Reconnected: what waited goes out in order", waiting, within=60)
        for connection in dead:
            texts = [
                row["text"] for row in self.world.ledger(connection) if row["text"].startswith("Waiting")
            ]
            wanted = [f"Waiting no. {number} of {connection.name}" for number in range(12)]
            demand(texts == wanted, "missed posts go out once and in order")

    def _a_partner_that_wants_it_slower(self) -> None:
        """A page has had enough for a few seconds: it is left alone so long, and nobody else waits for it."""
        page, other = self.world.some(PARTNERS[0], 1), self.world.some(PARTNERS[0], 2)
        limited = {"error": {"message": "limit reached", "type": "OAuthException", "code": 80001}}
        more = {"status": LIMITED, "body": limited, "headers": {"Retry-After": str(RESTS)}}
        self.world.fault("answer", PARTNERS[0], page, **more)
        ids = [self.world.publish(page, f"Slower no. {number}") for number in range(6)]
        free = [self.world.publish(other, f"Not slowed down no. {number}") for number in range(6)]
        self.waiting.until_ended("A page is limited: the others go on", free, within=20)
        self.waiting.until_ended("Its time is over: its posts go out", ids, within=30)
        calls = self.world.calls(page.external_id, "publish")
        refused = next(number for number, call in enumerate(calls) if call["status"] == LIMITED)
        pause = calls[refused + 1]["at"] - calls[refused]["at"]
        demand(pause >= RESTS, "the limited page is left alone until its time is over")
        burnt = Job.objects.across_tenants().filter(pk__in=ids, attempts__gt=0).count()
        demand(burnt == 0, "waiting for a partner burns no try")

    def _posted_in_spite_of_an_error(self) -> None:
        """A partner posts and answers 500, or cuts the line: we look before we send again."""
        texts: list[tuple[Connection, str]] = []
        for partner in PARTNERS:
            first, second = self.world.some(partner, 1), self.world.some(partner, 2)
            self.world.fault("accept_then_answer", partner, first, status=500, body=partner.posted_but_500)
            self.world.fault("accept_then_cut", partner, second)
            texts += [
                (first, f"Posted at {partner.platform} with a 500"),
                (second, f"Posted at {partner.platform}, line cut"),
            ]
        ids = [self.world.publish(connection, text) for connection, text in texts]
        self.waiting.until_ended("Posted in spite of an error: found, not doubled", ids, within=60)
        for connection, text in texts:
            there = sum(row["text"] == text for row in self.world.ledger(connection))
            demand(there == 1, f"“{text}” is there exactly once")

    def _ask_where_nobody_can_look(self) -> None:
        """A LinkedIn member's posts are closed to us: we ask, we do not guess."""
        partner = PARTNERS[1]
        member = next(one for one in self.world.connections if one.account_type == "member")
        self.world.fault("accept_then_answer", partner, member, status=500, body=partner.posted_but_500)
        self.asked = self.world.publish(member, "Posted by a member with a 500")
        self.waiting.until(
            "Where nobody can look, a person is asked",
            lambda: self.world.state(self.asked) == JobState.HELD,
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
            self.world.control("faults", order)
        ids = [
            self.world.publish(connection, f"Through the crash of {connection.name}")
            for connection in self.world.answering()
            if connection.account_type != "member"
        ]
        self.waiting.until("The worker dies while the partners still think", self._talking, within=20)
        self.stack.kill("worker-engine")
        self.waiting.until_ended("kill -9 of the worker: everything still ends", ids, within=120)

    def _reckon(self) -> bool:
        ledger = Counter(row["text"] for row in self.world.ledger())
        states = Counter(self.world.state(one) for one in self.world.jobs)
        published = states[JobState.SUCCEEDED]
        doubled = sum(count - 1 for count in ledger.values() if count > 1)
        lost = sum(
            1
            for one, text in self.world.jobs.items()
            if self.world.state(one) == JobState.SUCCEEDED and not ledger[text]
        )
        stuck = sum(count for state, count in states.items() if state not in FINAL and state != JobState.HELD)
        unknown_to_us = sum(1 for text in ledger if text not in set(self.world.jobs.values()))
        rows = {
            "jobs": len(self.world.jobs),
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
            and published == len(self.world.jobs) - asked
        )

    def _print_pause_time(self) -> None:
        lines = self.stack.home.log("worker-engine").read_text(errors="replace").splitlines()
        times = [f"{json.loads(line)['latency_ms']} ms" for line in lines if '"pause.committed"' in line]
        self.console.print(
            f"  From the classified error to the committed pause: {', '.join(times) or 'not logged'}"
        )

    def _click_reconnect(self, connection: Connection) -> None:
        click_reconnect(self.stack.url, connection)
        self.waiting.until(
            f"{connection.name} is checked", lambda: status_of(connection) == "active", within=20
        )

    def _talking(self) -> bool:
        """True while many calls are with the partners at once."""
        return Job.objects.across_tenants().filter(state=JobState.RUNNING).count() >= 10  # noqa: PLR2004 - "many"
