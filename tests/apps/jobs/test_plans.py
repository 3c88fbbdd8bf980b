"""The engine's plans are made once, maybe while the tables are empty: they must be right for full ones."""

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from apps.connections.loading import _ACCOUNTS
from apps.core import clock
from apps.core.prepared import ask
from apps.jobs.sql import buckets, claim, settle
from apps.publishing.twins import PUBLISHED
from config.settings.database import from_url
from tests.make import make_job, make_many_finished, make_tenant
from tests.scripted import Script

pytestmark = pytest.mark.django_db(transaction=True)

_PLANS = """
SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement ~ 'jobs_job' AND statement !~ 'custom_plans'
"""
NOBODY = UUID(int=0)
MANY = [UUID(int=number) for number in range(100)]
LARGE = {"jobs_job", "jobs_lane", "jobs_bucket", "connections_connection", "connections_credential"}
STATEMENTS = {
    "lock lanes": claim.LOCK_LANES,
    "due jobs": claim.DUE_JOBS,
    "start": claim.START,
    "lease": claim.LEASE,
    "pass over": claim.PASS_OVER,
    "postpone": claim.POSTPONE,
    "lock buckets": buckets.LOCK_BUCKETS,
    "take calls": buckets.TAKE_CALLS,
    "correct calls": buckets.CORRECT_CALLS,
    "accounts": _ACCOUNTS,
    "twins": PUBLISHED,
    "settle jobs": settle.SETTLE_JOBS,
    "settle attempts": settle.SETTLE_ATTEMPTS,
    "lock leased": settle.LOCK_LEASED,
    "still leased": settle.STILL_LEASED,
    "release": settle.RELEASE,
}


@pytest.mark.parametrize("counted", [False, True], ids=["never counted", "just counted"])
@pytest.mark.parametrize("name", STATEMENTS)
def test_a_plan_made_beside_empty_tables_finds_every_row_by_an_index(name: str, counted: bool) -> None:
    if counted:
        _count_rows()
    parameters = _parameters(lanes=10 if name == "lock lanes" else [NOBODY])

    plan = _as_an_engine_worker(lambda: ask(f"EXPLAIN (FORMAT JSON) {STATEMENTS[name]}", parameters))[0][0]

    scans = [node for node in _nodes(plan[0]["Plan"]) if _is_large(node.get("Relation Name", ""))]
    assert scans
    assert [node for node in scans if "Scan" in node["Node Type"] and "Index Cond" not in node] == []


@pytest.mark.parametrize("name", ["start", "settle jobs", "settle attempts"])
def test_what_was_sent_is_gone_through_once_and_not_once_for_each_row(name: str, script: Script) -> None:
    make_many_finished(make_job(make_tenant()[0]))
    _count_rows()

    plan = _as_an_engine_worker(
        lambda: ask(f"EXPLAIN (FORMAT JSON) {STATEMENTS[name]}", _parameters(jobs=MANY, ids=MANY))
    )[0][0]

    joins = [node for node in _nodes(plan[0]["Plan"]) if node["Node Type"] == "Nested Loop"]
    assert [
        one for one in joins if "Function Scan" in {child["Node Type"] for child in one["Plans"][1:]}
    ] == []


def test_an_engine_worker_plans_a_statement_once() -> None:
    def twice() -> list[tuple[Any, ...]]:
        for _ in range(2):
            ask(claim.DUE_JOBS, _parameters(lanes=[NOBODY]))
        return ask(_PLANS, {})

    planned = _as_an_engine_worker(twice)

    assert planned == [(2, 0)]


def _count_rows() -> None:
    """As autovacuum does: statistics of tables with next to nothing in them make other plans than none at all."""
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(sorted(LARGE))}, jobs_attempt")


def _parameters(**more: Any) -> Mapping[str, Any]:
    one = {"jobs": [NOBODY], "ids": [NOBODY], "wanted": [NOBODY], "scopes": ["app:meta"], "rows": "[]"}
    known = {"kinds": ["publish"], "versions": [1], "solo": False, "speed": 1.0, "part": 0.5}
    return {**one, **known, "runner": NOBODY, "at": clock.now(), **more}


def _as_an_engine_worker(act: Callable[[], list[tuple[Any, ...]]]) -> list[tuple[Any, ...]]:
    """Run it in a thread of its own, on a connection with an engine worker's options."""
    found: list[list[tuple[Any, ...]]] = []
    options = {
        **connection.settings_dict["OPTIONS"],
        **from_url("postgresql:///x", worker="engine")["OPTIONS"],
    }  # type: ignore[dict-item]

    def run() -> None:
        connection.settings_dict = {**connection.settings_dict, "OPTIONS": options}
        try:
            found.append(act())
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return found[0]


def _nodes(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)


def _is_large(table: str) -> bool:
    return table in LARGE or table.startswith("jobs_attempt")
