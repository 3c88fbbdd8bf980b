"""How long do the console's pages take beside a hundred thousand rows of everything?

Peer: the same list as Django's admin pages it, counted and with an offset, at its last page.
"""

import statistics
import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any
from unittest.mock import patch

from django.conf import settings
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db import connection
from django.test import Client

from apps.core.memory import spare_the_collector
from apps.events.listing import ListAdmin
from apps.jobs.models import DeadLetter, Job
from apps.tenants.models import User
from tests.bench import database
from tests.bench.row import Row

ROWS, TIMES = 100_000, 9
MUST = 150  # ms
_LETTERS = """
INSERT INTO jobs_deadletter (id, job_id, tenant_id, connection, platform, kind, payload, reason, error_code, action,
    rule_id, message, evidence, retries, created_at, resolved_by, resolution, note)
SELECT id, id, tenant_id, connection, platform, kind, '{}', 'MAX_RETRIES',
    (ARRAY['PARTNER_5XX', 'INTERNAL_ERROR', 'UNKNOWN', 'INVALID_REQUEST'])[1 + (random() * 3)::int], '',
    'rule.' || (random() * 10)::int, 'It did not work.', '', 8, now(), '', '', ''
FROM jobs_job WHERE state = 'dead'
"""
_ATTEMPTS = """
INSERT INTO jobs_attempt (id, job_id, step, number, fence, started_at, finished_at, outcome, error_code, rule_id,
    confidence, latency_ms, request_id, evidence, late_evidence)
SELECT gen_random_uuid_v7, id, 'post', 1, 1, now(), now(), 'failure', 'PARTNER_5XX', 'r', '', 90, '', '', ''
FROM (SELECT id, {id} AS gen_random_uuid_v7 FROM jobs_job) AS jobs
"""
# A UUIDv7 of now: so that the rows are the latest ones, as while everything breaks.
_UUID7 = """
encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
    PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6),
    52, 1), 53, 1), 'hex')::uuid
"""
_EVENTS = """
INSERT INTO events_event (id, tenant, verb, subject, actor, at, data)
SELECT {id}, tenant_id, 'error.dead_lettered', 'job:' || id, 'system:engine', now(), '{{"code": "PARTNER_5XX"}}'
FROM jobs_job
"""


def run() -> list[Row]:
    """Measure each page; the must is the median in ms."""
    database.prepare()
    _fill()
    spare_the_collector()  # as a web process does when it starts
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.STAFF_TWO_FACTOR = False  # pages are measured, not the door
    staff = User.objects.create_superuser("olga@reknit.test")
    browser = Client()
    browser.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    middle = Job.objects.across_tenants().order_by("id").values_list("pk", flat=True)[ROWS // 10]
    pages = {
        "home": "/admin/",
        "home_live": "/admin/now/",
        "letters": "/admin/letters/",
        "letters_of_a_cause": "/admin/jobs/deadletter/?resolved_at__isempty=1&error_code=UNKNOWN",
        "jobs": "/admin/jobs/job/",
        "jobs_deep": f"/admin/jobs/job/?after={middle}",
        "questions": "/admin/questions/",
        "lanes": "/admin/jobs/lane/",
        "audit": "/admin/events/event/",
        "find": "/admin/find/?q=nothing-has-this-name",
    }
    counted = _times(lambda: browser.get("/admin/jobs/job/?p=1999"), counted=True)
    return [_row(name, _times(lambda page=page: browser.get(page)), counted) for name, page in pages.items()]


def _row(name: str, ours: list[float], counted: list[float]) -> Row:
    middle = statistics.median(ours)
    spread = (max(ours) - min(ours)) / middle
    peer = "the job list counted, at its last page"
    return Row(f"console.{name}", middle, "ms", peer, statistics.median(counted), spread, MUST, 0, "less")


def _times(get: Callable[[], object], *, counted: bool = False) -> list[float]:
    with patch.multiple(ListAdmin, **_AS_DJANGO) if counted else nullcontext():
        get()
        return [_timed(get) for _ in range(TIMES)]


class _Counted(ChangeList):
    """Django's own way."""

    def get_results(self, request: object) -> None:
        self.paginator = Paginator(self.queryset, self.list_per_page)
        super().get_results(request)  # type: ignore[arg-type]
        self.model_admin.read_around(list(self.result_list))  # type: ignore[attr-defined]


# The toolkit's own list, with as many rows.
_AS_DJANGO: dict[str, Any] = {
    "get_changelist": lambda *_args, **_more: _Counted,
    "change_list_template": None,
}


def _timed(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    answer = act()
    taken = (time.perf_counter() - start) * 1000
    status: int = answer.status_code  # type: ignore[attr-defined]
    if status != 200:
        raise RuntimeError(f"The page answered {status}.")
    return taken


def _fill() -> None:
    """A hundred thousand jobs that ended as dead letters, each with a try and an event, and as many that are held."""
    database.fill(2 * ROWS)
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE jobs_deadletter")
        cursor.execute(
            "UPDATE jobs_job SET state = 'dead', finished_at = now() WHERE id IN (SELECT id FROM jobs_job LIMIT %s)",
            [ROWS],
        )
        cursor.execute("UPDATE jobs_job SET state = 'held', held_for = 'unconfirmed' WHERE state = 'queued'")
        cursor.execute(_LETTERS)
        cursor.execute(_ATTEMPTS.format(id=_UUID7))
        cursor.execute(_EVENTS.format(id=_UUID7))
        for table in ("jobs_job", "jobs_deadletter", "jobs_attempt", "events_event"):
            cursor.execute(f"VACUUM ANALYZE {table}")
    if DeadLetter.objects.across_tenants().count() != ROWS:
        raise RuntimeError("The dead letters are not there.")
