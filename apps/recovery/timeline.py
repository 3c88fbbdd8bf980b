"""What happened to a connection, as its people read it: one sentence for each event of the log, and the facts behind it."""

from collections.abc import Callable, Mapping
from typing import Any

from apps.connections.models import Connection
from apps.errors.codes import ErrorCode
from apps.errors.taxonomy import get_user_message
from apps.events.models import Event
from apps.recovery.words import build_pause_reason, incident_sentence, partner_name

# What programs may read. The rest of an event (an operator's note, ids of rows that are not the tenant's) stays inside.
FACTS = ("code", "rule", "by", "job", "kind", "state", "until", "family", "cancelled", "failures", "since")
_OWN_ACTORS = frozenset({"user", "key"})
_DONE = {
    "publish": "A post was published.",
    "delete": "A post was taken down.",
    "health_check": "A check ended well.",
}
_FAILED = {"publish": "A post could not be published.", "delete": "A post could not be taken down."}
_HELD = {"system:late_policy": "A post is late. Somebody must say whether it is still published."}
_PLAIN = {
    "connection.check_ordered": "Somebody wanted to know whether it works; {partner} is being asked.",
    "connection.prompted": "Its people were asked to reconnect it.",
    "connection.connected": "The account was connected.",
    "connection.reconnected": "The account was reconnected.",
    "connection.resumed": "Posts go out again.",
    "connection.drill_began": "A drill began on this account. What you planned waits for its end; nothing is lost.",
    "connection.drill_ended": "The drill is over.",
    "connection.failing": "Nothing has worked for days. Our team knows.",
    "connection.false_alarm": "A check passed: {partner} had slipped. Posts go out again.",
    "connection.pause_converted": "{partner} has trouble with many accounts, so nobody needs to reconnect this one.",
    "incident.hit_released": "The trouble at {partner} is over for this account.",
    "webhook.told": "{partner} told us that something changed for this account.",
    "job.verifying": "We look at {partner} whether it went out before we do anything else.",
    "job.skipped_late": "A post was too late by your own rule and was skipped.",
    "job.cancelled": "A post was cancelled.",
    "job.answered": "Somebody told us whether a post is out.",
    "error.retry_scheduled": "We try again by ourselves.",
    "error.dead_lettered": "We could not do it and stopped trying. Our team can start it again.",
    "error.critical": "Only our team can put this right. It has been told.",
    "breaker.opened": "{partner} keeps failing. Posts wait and go out by themselves.",
    "breaker.half_opened": "One post tries whether {partner} works again.",
    "breaker.closed": "{partner} works again.",
}
_OTHER = "Something happened to this account."


def sentence(event: Event, connection: Connection) -> str:
    """Return what happened, in plain words."""
    tell = _TOLD.get(event.verb)
    if tell:
        return tell(event, connection)
    return _PLAIN.get(event.verb, _OTHER).format(partner=partner_name(connection))


def facts(event: Event) -> Mapping[str, Any]:
    """Return what programs may read of it."""
    return {name: event.data[name] for name in FACTS if event.data.get(name) not in (None, "")}


def who(event: Event) -> str:
    """Return who did it: the tenant's own people and keys by their id, everybody else only by their sort."""
    sort = event.actor.partition(":")[0]
    return event.actor if sort in _OWN_ACTORS else sort


def _paused(event: Event, connection: Connection) -> str:
    return f"Posts stopped. {build_pause_reason(event.data.get('code', ''), connection, granted=())}"


def _checked(event: Event, connection: Connection) -> str:
    code = event.data.get("code")
    return f"A check found trouble. {_message(code, connection)}" if code else "A check found that it works."


def _disconnected(event: Event, _connection: Connection) -> str:
    count = event.data.get("cancelled", 0)
    planned = f" {count} planned post{'' if count == 1 else 's'} cancelled." if count else ""
    return f"The account was disconnected.{planned}"


def _hit(event: Event, _connection: Connection) -> str:
    return incident_sentence(event.data["family"], event.data["platform"])


def _succeeded(event: Event, _connection: Connection) -> str:
    return _DONE.get(event.data.get("kind", ""), "Something we had to do was done.")


def _failed(event: Event, connection: Connection) -> str:
    what = _FAILED.get(event.data.get("kind", ""), "Something did not work.")
    code = event.data.get("code")
    return f"{what} {_message(code, connection)}" if code else what


def _held(event: Event, _connection: Connection) -> str:
    return _HELD.get(event.actor, "A post waits for somebody's answer.")


def _classified(event: Event, connection: Connection) -> str:
    return _message(event.data.get("code"), connection)


def _message(code: str | None, connection: Connection) -> str:
    return get_user_message(ErrorCode(code or ErrorCode.UNKNOWN), partner_name(connection))


_TOLD: Mapping[str, Callable[[Event, Connection], str]] = {
    "connection.paused": _paused,
    "connection.revoked": _paused,
    "connection.checked": _checked,
    "connection.disconnected": _disconnected,
    "incident.hit": _hit,
    "job.succeeded": _succeeded,
    "job.failed": _failed,
    "job.held": _held,
    "error.classified": _classified,
}
TOLD = frozenset(_PLAIN) | frozenset(_TOLD)  # the events that have words of their own
