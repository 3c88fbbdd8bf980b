"""What must be true at every moment of a campaign, whatever is being broken; looked at every ten seconds."""

import threading
from collections import Counter
from dataclasses import dataclass, field

from django.db import DatabaseError, connection
from django.db.models import F

from apps.core import clock
from apps.jobs.choices import FINAL
from apps.jobs.explain import explain_many
from apps.jobs.models import Job, Runner
from tests.faults.campaign.cast import COMMIT_STEPS

EVERY = 10.0

# Each counts what must not be there.
ALWAYS: dict[str, str] = {
    "a running job belongs to a runner that lives": """
        SELECT count(*) FROM jobs_job j LEFT JOIN jobs_runner r ON r.id = j.runner
        WHERE j.state = 'running' AND (r.id IS NULL OR r.lease_until < now() - interval '15 s')""",
    "a lane is leased by one runner that lives": """
        SELECT count(*) FROM jobs_lane l LEFT JOIN jobs_runner r ON r.id = l.leased_by
        WHERE l.leased_by IS NOT NULL AND (r.id IS NULL OR r.lease_until < now() - interval '15 s')""",
    "a job has one open attempt at most": """
        SELECT count(*) FROM (
            SELECT 1 FROM jobs_attempt WHERE outcome = '' GROUP BY job_id HAVING count(*) > 1
        ) AS open""",
    "a post at the partner belongs to one job": """
        SELECT count(*) FROM (
            SELECT 1 FROM jobs_job WHERE kind = 'publish' AND remote_id <> ''
            GROUP BY connection, remote_id HAVING count(*) > 1
        ) AS shared""",
    "nothing is sent again before a look": """
        SELECT count(*) FROM (
            SELECT step, lag(step) OVER w AS step_before, lag(outcome) OVER w AS outcome_before
            FROM jobs_attempt WHERE (step = ANY (%(commit)s) OR step = 'verify') AND outcome <> 'not_sent'
            WINDOW w AS (PARTITION BY job_id ORDER BY number)
        ) AS sends
        WHERE step <> 'verify' AND step_before <> 'verify' AND outcome_before IN ('unknown', '')""",
    "every try has its attempt row": """
        SELECT count(*) FROM (
            SELECT j.id FROM jobs_job j LEFT JOIN jobs_attempt a ON a.job_id = j.id
            WHERE j.tries > 0 GROUP BY j.id HAVING count(a.id) <> j.tries
        ) AS uncounted""",
}
AT_THE_END = {
    "one attempt made a post public": """
        SELECT count(*) FROM (
            SELECT 1 FROM jobs_attempt WHERE step = ANY (%(commit)s) AND outcome = 'success'
            GROUP BY job_id HAVING count(*) > 1
        ) AS twice""",
    "every success is in the log once": """
        SELECT count(*) FROM (
            SELECT j.id FROM jobs_job j LEFT JOIN events_event e
                ON e.data ->> 'job' = j.id::text AND e.verb = 'job.succeeded'
            WHERE j.state = 'succeeded' GROUP BY j.id HAVING count(e.id) <> 1
        ) AS untold""",
}


@dataclass
class Watch:
    """Looks every ten seconds. A dead runner's jobs may wait for the next sweep: twice in a row is a breach."""

    broken: Counter[str] = field(default_factory=Counter)
    looks: int = 0
    _before: set[str] = field(default_factory=set)
    _ended: dict[str, str] = field(default_factory=dict)
    _ending: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def begin(self) -> None:
        """Look until the end."""
        self._thread = threading.Thread(target=self._run, name="invariants", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Take the last look, with what must hold only now."""
        self._ending.set()
        if self._thread:
            self._thread.join(timeout=60)
        for name in self._violated({**ALWAYS, **AT_THE_END}):
            self.broken[name] += 1
        self._see_that_ends_last()

    def _run(self) -> None:
        while not self._ending.wait(EVERY):
            try:
                found = self._violated(ALWAYS) | self._unexplained()
                self._see_that_ends_last()
            except DatabaseError:
                connection.close()
                continue
            self.looks += 1
            for name in found & self._before:
                self.broken[name] += 1
            self._before = found
        connection.close()

    def _violated(self, invariants: dict[str, str]) -> set[str]:
        with connection.cursor() as cursor:
            found = set()
            for name, statement in invariants.items():
                cursor.execute(statement, {"commit": list(COMMIT_STEPS)})
                if cursor.fetchone()[0]:
                    found.add(name)
        return found

    def _unexplained(self) -> set[str]:
        """Every open job has one reason, and a next time or a person."""
        open_jobs = list(Job.objects.across_tenants().exclude(state__in=FINAL))
        reasons = explain_many(open_jobs, at=clock.now()).values()
        well = all(why.sentence and bool(why.next_at) != bool(why.who) for why in reasons)
        return set() if well else {"an open job says what it waits for"}

    def _see_that_ends_last(self) -> None:
        rows = Job.objects.across_tenants().filter(state__in=FINAL).values_list("pk", "state")
        now = {str(pk): state for pk, state in rows}
        if any(now.get(pk) != state for pk, state in self._ended.items()):
            self.broken["what has ended stays ended"] += 1
        self._ended = now


def given_up_for_dead() -> int:
    """Return how many workers the sweep took for dead: their leases ran out. One that was asked to stop gives its own back."""
    return Runner.objects.filter(stopped_at__gte=F("lease_until")).count()
