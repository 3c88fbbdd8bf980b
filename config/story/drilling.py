"""The house in which `make drills` breaks things: one tenant that is drilled, one that must notice nothing."""

import json
import time
from contextlib import suppress
from datetime import timedelta
from typing import Any
from urllib.request import Request

from django.conf import settings

from apps.connections.models import Connection
from apps.core import clock
from apps.core.problems import Problem
from apps.drills import card, posts, queries
from apps.drills.actions.abort import abort
from apps.drills.actions.start import start
from apps.drills.choices import DrillName, RunState
from apps.drills.models import DrillRun
from apps.jobs.choices import JobState
from apps.tenants import flags
from apps.tenants.choices import Flag
from config.stack.home import StackFailed
from config.stack.processes import Process, python
from config.stack.stack import Stack
from config.story.browser import fetch_json
from config.story.reconnecting import click_reconnect
from config.story.world import ACCOUNTS, TENANTS, World, make_staff, make_tenant, status_of

ACTOR = "system:make_drills"
SKEW = timedelta(hours=2)
RACERS = 4  # beside the engine's worker
READY, READY_WITHIN = "ready", 60  # the word of `racing`, and seconds


class House:
    """Two tenants with their accounts at the simulated partners."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.world = World(stack)
        make_staff()
        self.world.control("reset", {})
        self.tenant, other = (make_tenant(name, slug) for name, slug in TENANTS[:2])
        for tenant in (self.tenant, other):
            for platform, kind in ACCOUNTS:
                self.world.connect(tenant, platform, kind, f"{tenant.name} {platform}")
        flags.switch(tenant=self.tenant.pk, flag=Flag.CHAOS_TESTS, on=True, actor=ACTOR, at=clock.now())
        self._let_pass(timedelta(minutes=2))  # a token of this minute would not be renewed

    def _let_pass(self, span: timedelta) -> None:
        """Move everybody's time alike: a partner's clock that goes wrong is another drill."""
        clock.travel(span)
        self._set_partners(span)

    def _set_partners(self, span: timedelta) -> None:
        for desk in ("control", "stage/control"):
            body = json.dumps({"advance_s": span.total_seconds()}).encode()
            fetch_json(Request(f"{self.stack.simulator_url}/{desk}/clock", body))

    def drill(
        self, name: str, platform: str, *, seconds: int, refresh_works: bool, person: bool, within: float
    ) -> dict[str, Any]:
        """Run one to its end and return its card; what takes too long is aborted, and says so."""
        if name == DrillName.MASS_REVOCATION:
            self._connect_more(platform)
        account = queries.can_drill(tenant=self.tenant.pk, platform=platform)[0]
        if name == DrillName.CLOCK_SKEW:
            clock.travel(SKEW)
        racers = self._racers(account) if name == DrillName.REFRESH_RACE else []
        run = start(
            name,
            tenant=self.tenant.pk,
            connections=[account.pk],
            duration=timedelta(seconds=seconds),
            refresh_works=refresh_works,
            actor=ACTOR,
            at=clock.now(),
            house_is_ours=True,
        )
        run = self._follow(run, account, person=person, within=within)
        for racer in racers:
            racer.stop()
        if name == DrillName.CLOCK_SKEW:
            self._set_partners(SKEW)
        return card.to_json(run)

    def _follow(self, run: DrillRun, account: Connection, *, person: bool, within: float) -> DrillRun:
        """Do what a drill waits for, once each: its person reconnects, its worker is killed."""
        end, asked, killed = time.monotonic() + within, not person, run.name != DrillName.WORKER_KILLED
        while (run := self._read(run)).state != RunState.ENDED:
            if not asked and run.detected_at and status_of(account) in {"attention", "revoked"}:
                click_reconnect(self.stack.url, account)
                asked = True
            if not killed and posts.jobs_of(run).filter(state=JobState.RUNNING).exists():
                self.stack.kill("worker-engine")
                killed = True
            if time.monotonic() > end and not run.abort_wanted:
                with suppress(Problem):
                    abort(run.pk, tenant=None, actor=ACTOR, at=clock.now())
            time.sleep(0.5)
        return run

    def _connect_more(self, platform: str) -> None:
        """An incident takes more accounts than one, each under a sign-in of its own."""
        have = len(queries.can_drill(tenant=self.tenant.pk, platform=platform))
        for number in range(have, settings.INCIDENT_CONNECTIONS):
            name = f"{self.tenant.name} {platform} {number + 1}"
            self.world.connect(self.tenant, platform, dict(ACCOUNTS)[platform], name)

    def _racers(self, account: Connection) -> list[Process]:
        """Start processes that will want the account's access renewed, all at once."""
        command = python("-m", "config.story.racing", str(account.grant_id))
        racers = [
            Process(name, command, self.stack.home.log(name), self.stack.environment)
            for name in (f"racer-{number + 1}" for number in range(RACERS))
        ]
        for racer in racers:
            racer.log.write_bytes(b"")
            racer.start()
        end = time.monotonic() + READY_WITHIN
        while not all(READY in racer.last_words() for racer in racers):
            if time.monotonic() > end:
                raise StackFailed(f"A racer did not get ready.\n{racers[0].last_words()}")
            time.sleep(0.1)
        return racers

    def _read(self, run: DrillRun) -> DrillRun:
        return queries.runs_across_tenants().get(pk=run.pk)
