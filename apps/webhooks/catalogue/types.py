"""
Every event type, in one table. A category is what stands before the point.

Read it as: name, what it means, the words of the log that it stands for, its data. Most types are named as the log names
them; where several words mean one thing to a host product they share a type. What a type's data may hold is exactly
what stands here: nothing else of an event leaves the house.
"""

from collections.abc import Iterator, Mapping

from apps.events.verbs import VERBS
from apps.webhooks.catalogue import fields as f
from apps.webhooks.catalogue.shape import COUNTS, EventType, Field

_ABOUT_A_JOB = (f.JOB, f.KIND, f.ANY_CONNECTION, f.PLATFORM, f.STATE)
_AN_ERROR = (*_ABOUT_A_JOB, f.CODE, f.RULE, f.SEVERITY, f.MESSAGE)
_RESULTS = f.said("counts", COUNTS, "How many subjects came to which end.", {"replayed": 12})
_METRICS = f.said("counts", COUNTS, "What happened how often in this minute.", {"jobs_succeeded": 40})


def _type(
    name: str,
    meaning: str,
    *data: Field,
    verbs: tuple[str, ...] = (),
    goes_out: bool = True,
    **example: object,
) -> EventType:
    return EventType(name, meaning, verbs or (name,), data, goes_out=goes_out, example=example)


_TYPES = (
    _type("error.classified", "A try failed, and the failure has a name.", *_AN_ERROR),
    _type(
        "error.retry_scheduled", "What failed is tried again by itself.", *_AN_ERROR, f.NEXT_TRY,
        code="PARTNER_5XX", rule="http.500",
    ),
    _type(
        "error.dead_lettered", "A job cannot go on by itself; it is kept with its evidence.", *_AN_ERROR, f.REASON,
        state="dead", code="PARTNER_5XX", rule="http.500",
    ),
    _type("error.resolved", "A dead letter was replayed or put aside.", f.LETTER, f.JOB, f.KIND, f.RESOLUTION),
    _type("connection.connected", "An account was connected for the first time.", f.CONNECTION),
    _type("connection.paused", "An account was stopped: nothing goes out on it until somebody or something brings it back.",
          f.CONNECTION, f.ANY_CODE, f.RULE, f.BY),
    _type("connection.resumed", "An account publishes again, or an incident took over what had paused it.",
          f.CONNECTION, f.ANY_INCIDENT, verbs=("connection.resumed", "connection.pause_converted"), incident=None),
    _type("connection.reconnected", "An account got fresh credentials.", f.CONNECTION),
    _type("connection.revoked", "The access was taken back at the partner; somebody must reconnect.",
          f.CONNECTION, f.ANY_CODE, f.RULE, f.BY, code="APP_DEAUTHORIZED", rule="meta.190.458"),
    _type("connection.disconnected", "An account was disconnected; nothing more goes out on it.", f.CONNECTION),
    _type("grant.ending", "A sign-in ends within a week, and only a new one prolongs it.", f.GRANT, f.PLATFORM,
          f.UNTIL, until="2026-12-01T12:00:00+00:00"),
    _type("job.succeeded", "A job ended well.", *_ABOUT_A_JOB, f.REMOTE_ID, f.PERMALINK, state="succeeded"),
    _type("job.failed", "A partner does not take the content; it is back with its author.", *_AN_ERROR,
          state="failed", code="CONTENT_INVALID", rule="meta.caption"),
    _type("job.held", "A job waits for a person.", f.JOB, f.ANY_CONNECTION),
    _type("job.cancelled", "Somebody cancelled a job.", f.JOB),
    _type("breaker.opened", "A partner keeps failing on an account; its posts wait.", f.ANY_CONNECTION, f.UNTIL),
    _type("breaker.half_opened", "One post tries whether the partner works again.", f.ANY_CONNECTION, f.UNTIL, until=None),
    _type("breaker.closed", "The partner works again.", f.ANY_CONNECTION, f.UNTIL, until=None),
    _type("incident.hit", "A partner's trouble with many holds an account; nobody needs to do anything.",
          f.ANY_CONNECTION, f.INCIDENT, f.FAMILY, f.PLATFORM),
    _type("incident.hit_released", "That trouble is over for an account.", f.ANY_CONNECTION, f.INCIDENT, f.FAMILY,
          f.PLATFORM),
    _type("operation.started", "Somebody began to do something to many subjects at once.", f.OPERATION, f.KIND,
          f.TOTAL, kind="replay"),
    _type("operation.done", "An operation has gone through all its subjects.", f.OPERATION, f.KIND, f.TOTAL, _RESULTS,
          kind="replay"),
    _type("operation.aborted", "An operation was ended early; what is done stays done.", f.OPERATION, f.KIND, f.TOTAL,
          _RESULTS, kind="replay"),
    _type("schedule.executed", "A schedule ran when it was due.", f.SCHEDULE, f.DUE_AT),
    _type("schedule.failed", "A schedule was due and could not run.", f.SCHEDULE, f.DUE_AT, f.ANY_CODE),
    _type("schedule.missed", "A schedule was due while nothing could run it.", f.SCHEDULE, f.DUE_AT),
    _type("metrics.updated", "The figures of a minute with traffic.", f.MINUTE, _METRICS),
    _type("webhook.delivered", "An endpoint took an event.", f.ENDPOINT, f.DELIVERY, f.EVENT_TYPE, f.STATUS,
          goes_out=False),
    _type("webhook.failed", "Every try to tell an endpoint failed; what it was to be told is kept.", f.ENDPOINT,
          f.DELIVERY, f.EVENT_TYPE, f.STATUS, f.ANY_CODE, goes_out=False, status=500, code="PARTNER_5XX"),
)  # fmt: skip

TYPES: Mapping[str, EventType] = {one.name: one for one in _TYPES}
BY_VERB: Mapping[str, EventType] = {verb: one for one in _TYPES for verb in one.verbs}
# What the test button sends; nobody subscribes to it.
TEST = EventType("test.ping", "Somebody pressed the test button.", (), (f.ENDPOINT,))


def outgoing() -> Iterator[EventType]:
    """Yield the types that an endpoint may ask for."""
    return (one for one in _TYPES if one.goes_out)


def is_caused(of: EventType) -> bool:
    """Return True when something in this version causes it."""
    return any(verb in VERBS.names() for verb in of.verbs)


def categories() -> list[str]:
    """Return what may stand before `.*` in a subscription."""
    return list(dict.fromkeys(one.category for one in outgoing()))
