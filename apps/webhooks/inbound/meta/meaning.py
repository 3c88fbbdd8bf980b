"""What Meta's events mean. https://developers.facebook.com/docs/graph-api/webhooks/reference"""

from collections.abc import Mapping
from typing import Any

from apps.connections.connectors.meta.capabilities import SCOPES
from apps.connections.connectors.meta.instagram_login import WORDS
from apps.errors.codes import ErrorCode
from apps.webhooks.inbound.choices import Act
from apps.webhooks.inbound.interface import Malformed, Told
from apps.webhooks.inbound.reading import mapping, moment, word

# What a page or an account tells of itself may end our access; what happens on it (posts, comments, likes) does not.
_OF_ITSELF = frozenset({"name", "category", "page_upcoming_change", "page_change_proposal", "account_status"})
_DAILY = frozenset({"feed", "mention", "messaging", "comments", "live_videos", "ratings", "story_insights"})


def of_change(data: Mapping[str, Any]) -> Told:
    """One change of a page, an account, or of what a person lets us do."""
    change = mapping(data.get("change"), "A change")
    name, at, about = word(change.get("field"), 60), moment(data.get("time")), word(data.get("id"))
    kind = f"{word(data.get('object'), 18)}.{name}"
    if data.get("object") == "permissions":
        return _of_permission(kind, change, about, data)
    if name in _OF_ITSELF:
        return Told(kind, Act.CHECK, at, account=about)
    return Told(kind, Act.NOTHING, at, account=about, known=name in _DAILY)


def _of_permission(kind: str, change: Mapping[str, Any], person: str, data: Mapping[str, Any]) -> Told:
    """The verb stands on either of two levels (seen in both). A permission's name is the field."""
    value = change.get("value")
    inner = value.get("verb") if isinstance(value, dict) else None
    verb, at, lost = word(change.get("verb") or inner), moment(data.get("time")), word(change.get("field"))
    if not verb:
        raise Malformed("A change of a permission has no verb.")
    if verb != "revoked" or (lost != "connected" and WORDS.get(lost, lost) not in SCOPES):
        return Told(kind, Act.NOTHING, at, person=person)
    if lost == "connected":
        return Told(kind, Act.REVOKE, at, person=person, code=ErrorCode.APP_DEAUTHORIZED)
    note = f"The permission {lost} was taken back."
    return Told(kind, Act.ATTENTION, at, person=person, code=ErrorCode.PERMISSION_INSUFFICIENT, note=note)


def of_deauthorisation(data: Mapping[str, Any]) -> Told:
    """Somebody removed our app: every page and account of theirs is out of reach."""
    at, person = moment(data.get("issued_at")), _person(data)
    return Told("deauthorize", Act.REVOKE, at, person=person, code=ErrorCode.APP_DEAUTHORIZED)


def of_deletion(data: Mapping[str, Any]) -> Told:
    """Somebody wants to be forgotten."""
    return Told("data_deletion", Act.ERASE, moment(data.get("issued_at")), person=_person(data))


def _person(data: Mapping[str, Any]) -> str:
    if person := word(data.get("user_id")):
        return person
    raise Malformed("It names nobody.")
