"""Breaks something on purpose and says what the house made of it."""

import json
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from apps.connections.choices import Platform
from apps.core import clock
from apps.core.problems import Problem
from apps.drills import card, queries
from apps.drills.actions.abort import DrillOver, abort
from apps.drills.actions.start import DURATION, RATE, start
from apps.drills.actions.step import step_all
from apps.drills.choices import WHOLE_HOUSE, DrillName, RunState, Verdict
from apps.drills.models import DrillRun
from apps.drills.scenarios import SCENARIOS
from apps.tenants.models import Tenant

EVERY = 1.0  # seconds between two looks
ACTOR = "system:drill_command"


class Command(BaseCommand):
    help = "List the drills, or run one on connections of a tenant; exits with 0 only if it held."

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_subparsers(dest="what", required=True)
        what.add_parser("list", help="say what can be broken")
        run = what.add_parser("run", help="break it, and follow it to its end")
        run.add_argument("name", choices=DrillName.values)
        run.add_argument("--tenant", required=True, metavar="SLUG")
        run.add_argument("--platform", choices=Platform.values, help="the first connection there")
        run.add_argument("--connection", action="append", type=UUID, default=[], metavar="ID")
        run.add_argument("--duration", type=float, default=DURATION.total_seconds(), metavar="SECONDS")
        run.add_argument(
            "--rate", type=int, default=RATE, metavar="CALLS", help="a minute; of rate_limit_429"
        )
        run.add_argument("--refresh-works", action="store_true", help="of expire_token: a renewal heals it")
        run.add_argument("--json", default="", metavar="PATH", help="where to write the report card")

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["what"] == "list":
            self._list()
            return
        run = self._follow(self._start(options))
        said = card.to_json(run)
        if options["json"]:
            with open(options["json"], "w", encoding="utf-8") as file:  # noqa: PTH123 - a path of the caller's
                json.dump(said, file, indent=2)
        self._show(said)
        if run.verdict != Verdict.PASSED:
            raise CommandError(f"{run.name}: {run.get_verdict_display()}. {run.why}")

    def _list(self) -> None:
        for name in DrillName:
            where = " On the demo only, by `make drills`." if name in WHOLE_HOUSE else ""
            self.stdout.write(f"{name.value:20} {SCENARIOS[name].words}{where}")

    def _start(self, options: dict[str, Any]) -> DrillRun:
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            raise CommandError(f"There is no tenant {options['tenant']}.")
        found = queries.can_drill(tenant=tenant.pk, platform=options["platform"] or "")
        named: Sequence[UUID] = options["connection"] or [one.pk for one in found[:1]]
        if options["name"] not in WHOLE_HOUSE and not named:
            raise CommandError("The tenant has no connection there that works.")
        try:
            return start(
                options["name"],
                tenant=tenant.pk,
                connections=named,
                duration=timedelta(seconds=options["duration"]),
                rate=options["rate"],
                refresh_works=options["refresh_works"],
                actor=ACTOR,
                at=clock.now(),
            )
        except Problem as problem:
            raise CommandError(f"{problem.title}. {problem.detail}") from None

    def _follow(self, run: DrillRun) -> DrillRun:
        """Say what changes until it has ended; Ctrl-C aborts it, and waits until everything is healed."""
        told: set[str] = set()
        while run.state != RunState.ENDED:
            try:
                step_all()  # where no worker does
                run = queries.runs_across_tenants().get(pk=run.pk)
                self._tell(run, told)
                if run.state != RunState.ENDED:
                    time.sleep(EVERY)
            except KeyboardInterrupt:
                self._abort(run)
        return run

    def _abort(self, run: DrillRun) -> None:
        self.stdout.write("Aborting; what is broken is healed first.")
        try:
            abort(run.pk, tenant=None, actor=ACTOR, at=clock.now())
        except DrillOver:
            return

    def _tell(self, run: DrillRun, told: set[str]) -> None:
        for name in ("started_at", "detected_at", "healed_at", "recovered_at", "ended_at"):
            moment = getattr(run, name)
            if moment and name not in told:
                told.add(name)
                self.stdout.write(f"{moment:%H:%M:%S}  {name.removesuffix('_at')}")

    def _show(self, said: dict[str, Any]) -> None:
        for name in (
            "verdict",
            "detected_after_seconds",
            "recovered_after_seconds",
            "posts",
            "published",
            "held",
            "lost",
            "doubled",
            "alerts",
            "without_staff",
            "outside_unchanged",
        ):
            self.stdout.write(f"{name.replace('_', ' '):26} {said.get(name)}")
        for name in ("said", "acted_on", "incidents"):
            if name in said:
                self.stdout.write(f"{name.replace('_', ' '):26} {said[name]}")
