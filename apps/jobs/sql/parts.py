"""What the statements are made of: which job may start, which lane is free and due."""

PRIORITIES = (0, 1, 2)
CLAIMABLE = "j.state IN ('queued', 'verifying', 'waiting')"
NOWHERE = "'9999-12-31 00:00Z'::timestamptz"  # the head of a priority that has no claimable job

# A job under which two workers died is the quarantine's: it runs alone there, where its third blow hits nobody.
QUARANTINE_AFTER = 2

# A job that may start now, holds and quarantine apart. A post that waited through a pause needs an admission (the backfill),
# one that is late by the tenant's policy needs a person, and identical twins go out one after the other (their partial
# index serves only a query that says that it wants no empty fingerprint; else all that ever ran in the lane is read).
_MAY_START = f"""
    {CLAIMABLE}
    AND (
        j.state <> 'queued' OR j.ask_after IS NULL OR j.admitted_at IS NOT NULL OR j.committed_at IS NOT NULL
        OR (j.ask_after > %(at)s AND (l.missed_before IS NULL OR j.due_at >= l.missed_before))
    )
    AND (
        j.fingerprint = '' OR j.state <> 'queued' OR NOT EXISTS (
            SELECT 1 FROM jobs_job twin
            WHERE twin.lane_id = j.lane_id AND twin.fingerprint = j.fingerprint AND twin.id <> j.id
              AND twin.fingerprint <> ''
              AND twin.state IN ('held', 'running', 'verifying', 'waiting')
        )
    )
"""

RUNNABLE = f"j.crashes < {QUARANTINE_AFTER} AND {_MAY_START}"
QUARANTINED = f"j.crashes >= {QUARANTINE_AFTER} AND {_MAY_START}"

# What this process can run: a kind it knows, with arguments of a version it knows (a rolling deploy has newer ones).
KNOWN = """
    EXISTS (
        SELECT 1 FROM unnest(%(kinds)s::text[], %(versions)s::int[]) AS known(kind, version)
        WHERE known.kind = j.kind AND (j.args ->> 'v')::int <= known.version
    )
"""

UNHELD = """
    NOT EXISTS (
        SELECT 1 FROM jobs_hold h
        WHERE h.closed_at IS NULL AND h.scope = ANY (l.scopes)
          AND (h.until IS NULL OR h.until > %(at)s)
          AND split_part(h.reason, ':', 1) <> ALL (j.passes)
    )
"""

HELD_LANE = """
    EXISTS (
        SELECT 1 FROM jobs_hold h WHERE h.closed_at IS NULL AND h.scope = ANY (l.scopes) AND h.until IS NULL
    )
"""
# Holds that end by themselves hold a lane by its time: the last of them.
REST_ENDS = """
    (
        SELECT max(h.until) FROM jobs_hold h
        WHERE h.closed_at IS NULL AND h.scope = ANY (l.scopes) AND h.until > %(at)s
    )
"""

# Solo lanes are the bulk worker's: their kinds use the ORM inside the call.
FREE = "l.leased_by IS NULL AND l.solo = %(solo)s"
DUE = "l.ready_at <= %(at)s AND NOT l.held"
FREE_AND_DUE = f"{FREE} AND (({DUE}) OR l.control_ready_at <= %(at)s)"


def from_head(priority: int) -> str:
    """Begin at the head: index entries below it belong to jobs that are gone."""
    head = f"l.head{priority}_at"
    return f"{head} < {NOWHERE} AND (j.run_at, j.id) >= ({head}, l.head{priority}_id)"


def seen(condition: str) -> str:
    """
    Ask it of each row that was found by its id: no index serves this, and the planner takes it for a coin toss.

    From the column's statistics it would expect hardly any row, and go through all that we sent again for each.
    """
    return f"CASE WHEN {condition} THEN true ELSE false END"
