"""python -m tests.faults.campaign [--seed N] [--jobs N] [--only NAME,...] [--json PATH]"""

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from random import Random

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from config.stack.home import StackFailed
from config.stack.stack import Stack

SPEED = os.environ.get("REKNIT_SPEED", "30")  # divides waits of retries, looks and listings; never the lease
PATIENCE = 240  # seconds after the last fault: a lease, a sweep, the last looks, a throttle
NAMES = (
    "partners",
    "workers",
    "rolling",
    "frozen",
    "broker",
    "postgres",
    "skewed",
    "poison",
    "everything",
    "webhooks",
    "outgoing",
)
SKEW = {"PYTHONPATH": str(Path(__file__).parents[1] / "skewed"), "REKNIT_TEST_SKEW": "1"}
MORE = {
    "skewed": SKEW,
    "outgoing": {"REKNIT_SPEED": "1", "REKNIT_TIME_TRAVEL": "1", "REKNIT_EGRESS_LOOPBACK": "1"},
}


def main() -> int:
    """Run the campaigns; 1 when a promise is broken, 2 for a campaign that does not exist."""
    given = _arguments()
    wanted = [name for name in given.only.split(",") if name] or list(NAMES)
    if unknown := set(wanted) - set(NAMES):
        sys.stderr.write(
            f"There is no campaign {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}.\n"
        )
        return 2
    console = Console(highlight=False, width=130)
    os.environ.setdefault("REKNIT_HOME", f"{tempfile.gettempdir()}/reknit-faults-{os.getuid()}")
    console.print(f"Seed {given.seed}, {given.jobs} jobs a campaign, waits divided by {SPEED}.")
    verdicts = []
    try:
        for name in wanted:
            before = dict(os.environ)
            verdicts += _run(name, given.seed, given.jobs, given.strike, console)
            os.environ.clear()
            os.environ.update(before)
    except StackFailed as failed:
        console.print(f"[red]{failed}[/red]")
        return 1
    console.print(_table(verdicts))
    if given.json:
        rows = [verdict.as_json() for verdict in verdicts]
        Path(given.json).write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    return 0 if all(verdict.holds for verdict in verdicts) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="faults")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--strike", type=float, default=120, help="seconds during which blows may fall")
    parser.add_argument("--only", default="", help=f"some of {', '.join(NAMES)}, separated by commas")
    parser.add_argument("--json", default="", help="where to write the rows")
    return parser.parse_args()


def _run(name: str, seed: int, jobs: int, strike: float, console: Console):  # type: ignore[no-untyped-def]
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.faults.poisoned.settings"
    with Stack(extra={"REKNIT_SPEED": SPEED, **MORE.get(name, {})}, fresh=True) as stack:
        os.environ.update({key: value for key, value in stack.environment.items() if key not in SKEW})
        _set_up_django()
        from django.db import connections

        from tests.faults.campaign import cast, chaos, invariants, judge, outgoing, webhooks

        connections.close_all()
        if own := {"webhooks": webhooks.run, "outgoing": outgoing.run}.get(name):
            verdicts, lines = own(seed, jobs, stack)
            for line in lines:
                console.print(f"  {line}")
            return verdicts
        rng = Random(f"{seed}:{name}")
        partners = cast.Partners(stack.simulator_url)
        partners.tell("reset", {"seed": seed})
        everybody = cast.connect_everybody(partners, cast.ROLES, jobs)
        accounts = [(role.platform, connection.external_id) for connection, role in everybody.items()]
        chaos.order_partner_faults(partners, cast.ROLES, accounts, rng)
        blows = chaos.Chaos(stack, rng, chaos.CAMPAIGNS[name])
        watch = invariants.Watch()
        with _bar(console) as progress:
            task = progress.add_task(name, total=jobs)
            blows.begin()
            watch.begin()
            poisoned = cast.poison(everybody) if name == "poison" else []
            posted = list(cast.post_all(everybody, jobs))
            total = jobs + len(poisoned)
            _wait_until_ended(total, lambda done: progress.update(task, completed=done), blows, strike)
        watch.end()
        _say_what_is_open(console)
        for line in judge.remarks(name, blows, watch):
            console.print(f"  {line}")
        if blows.struck:
            console.print(f"  struck: {', '.join(blows.struck)}")
        verdicts = judge.judge(name, seed, posted, partners.ledger(), blows.orphans)
        return [*verdicts, judge.house(name, seed, blows, watch, poisoned)]


def _wait_until_ended(jobs, show, blows, strike) -> None:  # type: ignore[no-untyped-def]
    """Blows fall until nine in ten jobs have ended or their time is over; then the rest has some time to end."""
    from django.db import DatabaseError, connection

    from apps.jobs.choices import FINAL, JobState
    from apps.jobs.models import Job

    ended = [*FINAL, JobState.HELD]
    calm_at = time.monotonic() + strike
    end = calm_at + PATIENCE
    while time.monotonic() < end:
        try:
            # What the house does beside them (checks, renewals, mails) ends as well, and is not waited for.
            done = (
                Job.objects.across_tenants().filter(state__in=ended, kind__in=["publish", "poison"]).count()
            )
        except DatabaseError:
            connection.close()
            time.sleep(0.5)
            continue
        show(done)
        if blows is not None and (done >= jobs * 0.9 or time.monotonic() > calm_at):
            blows.end()
            blows, end = None, time.monotonic() + PATIENCE
        if done >= jobs:
            break
        time.sleep(0.5)


def _say_what_is_open(console: Console) -> None:
    """Print one line for each job that has not ended: why, and until when."""
    from apps.core import clock
    from apps.jobs.choices import FINAL, HeldFor, JobState
    from apps.jobs.explain import explain
    from apps.jobs.models import Job

    asked = {"state": JobState.HELD, "held_for": HeldFor.UNCONFIRMED}
    rows = Job.objects.across_tenants().exclude(state__in=FINAL).exclude(**asked)
    for job in rows.order_by("id")[:10]:
        why = explain(job, at=clock.now())
        console.print(
            f"  open: {job.pk} {job.platform} {job.state} {job.step} {job.error_code} until {why.next_at}: {why.sentence}"
        )


def _set_up_django() -> None:
    """Read the settings of this campaign's stack; those of an earlier one are forgotten."""
    import django
    from django.conf import settings

    if not settings.configured:
        django.setup()


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description:>12}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    )


def _table(verdicts) -> Table:  # type: ignore[no-untyped-def]
    table = Table(title="What the jobs say, held against the partners' ledger")
    for name in (
        "campaign",
        "platform",
        "verified",
        "jobs",
        "unknown",
        "succeeded",
        "lost",
        "doubled",
        "stuck",
        "asked",
        "failed",
        "again after (max)",
        "",
    ):
        table.add_column(
            name, justify="left" if name in {"campaign", "platform", "verified", ""} else "right"
        )
    for one in verdicts:
        table.add_row(
            one.campaign,
            one.platform,
            one.verify,
            *(
                str(n)
                for n in (
                    one.jobs,
                    one.unknown,
                    one.succeeded,
                    one.lost,
                    one.doubled,
                    one.stuck,
                    one.unconfirmed,
                    one.failed,
                )
            ),
            f"{one.recovery_p50_s:.0f} s ({one.recovery_max_s:.0f} s)",
            "holds" if one.holds else "BROKEN",
        )
    return table


if __name__ == "__main__":
    sys.exit(main())
