"""What the accounts of a post would say to it: each objection beside the field that it is about, in plain words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from apps.connections.choices import REFUSED, ConnectionStatus, PausedBy
from apps.connections.credentials import scopes_for
from apps.connections.limits import Remedy
from apps.connections.models import Connection
from apps.publishing import content as contents
from apps.publishing.written import contents_for
from apps.recovery.words import partner_name
from apps.web.draft import OPTIONS, Draft, field_of

NAMED = 3  # accounts beside one sentence
FORMS = {
    "text": "a text post",
    "link": "a link post",
    "image": "a picture post",
    "images": "a post with several pictures",
    "carousel": "a carousel",
    "video": "a video post",
    "reel": "a reel",
    "story": "a story",
    "update": "an update",
    "campaign": "an e-mail campaign",
    "event": "an event",
    "offer": "an offer",
}
_OURS = {
    PausedBy.BREAKER: "{partner} fails right now. The post waits and goes out by itself.",
    PausedBy.INACTIVE_RULE: "Nothing has worked here for a week, so it is stopped. The post waits until our team lets it go on.",
}
_OPTION_FIELDS = frozenset(one.field for one in OPTIONS)
_PLACES = {"content.text": "text", "content.link": "link", "content.media": "media"}


@dataclass(slots=True)
class Objection:
    """One sentence, and whose it is."""

    words: str
    accounts: list[str] = field(default_factory=list)

    @property
    def named(self) -> list[str]:
        """Those that are named."""
        return self.accounts[:NAMED]

    @property
    def more(self) -> int:
        """How many are not."""
        return max(0, len(self.accounts) - NAMED)


@dataclass(slots=True)
class Account:
    """One account that a post can go to: what it is, what would become of the post there, and what it needs first."""

    connection: Connection
    partner: str
    note: str  # why the post would wait there
    chosen: bool
    form: str = ""  # what the post becomes there
    says: list[str] = field(default_factory=list)
    asks: str = ""  # for permissions that a reconnect adds, in a sentence

    @property
    def label(self) -> str:
        """How it is named beside a field."""
        return f"{self.connection.name} ({self.partner})"

    @property
    def is_gone(self) -> bool:
        """Whether nothing can be planned there."""
        return bool(self.connection.status == ConnectionStatus.INACTIVE)

    @property
    def is_refused(self) -> bool:
        """Whether its people must reconnect it."""
        return self.connection.status in REFUSED


@dataclass(frozen=True, slots=True)
class Said:
    """Everything that stands in the form beside what its author wrote."""

    accounts: Sequence[Account]
    beside: Mapping[str, Sequence[Objection]]  # by field


def look(
    draft: Draft, connections: Sequence[Connection], held: Mapping[UUID, str], *, unfinished: bool = False
) -> Said:
    """
    Ask the guard for each chosen account; `held` says which wait for a partner's trouble to end.

    While it is `unfinished` nobody is told that something is missing: it may come with the next word.
    """
    accounts = [_account(one, draft, held.get(one.pk, "")) for one in connections]
    chosen = {one.connection.pk: one for one in accounts if one.chosen}
    asked = [one.connection for one in chosen.values()]
    wanted, granted = contents_for(draft.written, asked), scopes_for(asked)
    beside: dict[str, dict[str, Objection]] = {}
    for pk, account in chosen.items():
        account.form = FORMS.get(wanted[pk]["format"], "")
        for problem in _problems(wanted[pk], account.connection, granted[pk]):
            if not (unfinished and _is_missing(problem, account, draft)):
                _note(problem, account, beside)
    return Said(accounts, {place: list(found.values()) for place, found in beside.items()})


def _is_missing(problem: Mapping[str, Any], account: Account, draft: Draft) -> bool:
    """Return whether it is about something that is not written yet."""
    place = _place(problem["field"], account.connection.platform)
    empty_option = place in _OPTION_FIELDS and not draft.options.get(place)
    return bool(problem["rule"] == "required") or empty_option


def _account(connection: Connection, draft: Draft, held: str) -> Account:
    partner = partner_name(connection)
    gone = connection.status == ConnectionStatus.INACTIVE
    return Account(
        connection=connection,
        partner=partner,
        note=_what_happens(connection, held).format(partner=partner),
        chosen=connection.pk in draft.accounts and not gone,
    )


def _what_happens(connection: Connection, held: str) -> str:
    if connection.status == ConnectionStatus.INACTIVE:
        return "Disconnected. Connect it again to post here."
    if connection.status in REFUSED:
        return "{partner} no longer lets us post here. The post waits and goes out after you reconnect it."
    if connection.status == ConnectionStatus.PAUSED:
        ours = "Our team has stopped it for the moment. The post waits until it goes on."
        return _OURS.get(PausedBy(connection.paused_by), ours)
    return f"{held} The post waits and goes out by itself." if held else ""


def _problems(raw: object, connection: Connection, granted: Any) -> Sequence[Mapping[str, Any]]:
    try:
        contents.check(raw, connection=connection, granted=granted)
    except contents.ContentRefused as refused:
        return refused.fields
    return []


def _note(problem: Mapping[str, Any], account: Account, beside: dict[str, dict[str, Objection]]) -> None:
    words, place = problem["message"], _place(problem["field"], account.connection.platform)
    if problem["remedy"] == Remedy.RECONNECT:
        account.asks = words
    elif place:
        one = beside.setdefault(place, {}).setdefault(words, Objection(words))
        one.accounts.append(account.label)
    else:
        account.says.append(words)


def _place(field_name: str, platform: str) -> str:
    """Return the form's field; what has none stands with the account."""
    if known := _PLACES.get(field_name):
        return known
    option = field_of(platform, field_name.removeprefix("content.options."))
    return option if option in _OPTION_FIELDS else ""
