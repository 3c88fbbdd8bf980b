"""The house in which `make drills` breaks things: one tenant that is drilled, one that must notice nothing."""

import json
import time
from contextlib import suppress
from datetime import timedelta
from typing import Any
from urllib.request import Request

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
from config.stack.stack import Stack
from config.story.browser import fetch_json
from config.story.reconnecting import click_reconnect
from config.story.world import ACCOUNTS, TENANTS, World, make_staff, make_tenant, status_of

ACTOR = "system:make_drills"
SKEW = timedelta(hours=2)


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
        (account,) = queries.can_drill(tenant=self.tenant.pk, platform=platform)
        if name == DrillName.CLOCK_SKEW:
            clock.travel(SKEW)
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
        end, asked, killed = time.monotonic() + within, not person, name != DrillName.WORKER_KILLED
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
        if name == DrillName.CLOCK_SKEW:
            self._set_partners(SKEW)
        return card.to_json(run)

    def _read(self, run: DrillRun) -> DrillRun:
        return queries.runs_across_tenants().get(pk=run.pk)
