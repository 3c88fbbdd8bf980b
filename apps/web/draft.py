"""What stands in the form of a post: read field by field, and kept while its author is away to reconnect."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from django.utils.dateparse import parse_datetime

from apps.core.ids import uuid7
from apps.core.problems import Problem
from apps.publishing.written import Style, Written
from apps.tenants.models import Tenant

FURTHEST = timedelta(days=366)
_SESSION = "draft"


@dataclass(frozen=True, slots=True)
class Option:
    """A field that only posts at one partner have."""

    platform: str
    name: str
    label: str
    kind: str = "text"
    choices: Sequence[tuple[str, str]] = ()
    hint: str = ""
    of: Sequence[str] = ()  # the kinds of post that have it, where not all do

    @property
    def field(self) -> str:
        """What it is called in the form."""
        return field_of(self.platform, self.name)


def field_of(platform: str, name: str) -> str:
    """Return what an option, or a part of one as `event.title`, is called in the form."""
    return f"{platform}-{name.replace('.', '-')}"


# What a post is at Google: the time of an offer is an event.
KIND = Option(
    "gbp",
    "kind",
    "What it is on Google",
    choices=(("", "An update"), ("event", "An event"), ("offer", "An offer")),
)
_TIMED, _PARTS = ("event", "offer"), {"event": ("event",), "offer": ("event", "offer")}
_LOCAL = "In the place's own time."
OPTIONS = (
    KIND,
    Option("gbp", "event.title", "Title", of=_TIMED),
    Option("gbp", "event.starts_at", "Begins", kind="datetime-local", hint=_LOCAL, of=_TIMED),
    Option("gbp", "event.ends_at", "Ends", kind="datetime-local", hint=_LOCAL, of=_TIMED),
    Option("gbp", "offer.coupon", "Coupon code", hint="if there is one", of=("offer",)),
    Option(
        "gbp", "offer.redeem_url", "Where it is redeemed online", hint="https://, if it is", of=("offer",)
    ),
    Option("gbp", "offer.terms", "Terms", hint="if there are any", of=("offer",)),
    Option("mailchimp", "subject", "Subject of the e-mail"),
    Option("mailchimp", "from_name", "Sender's name"),
    Option("mailchimp", "reply_to", "Address for answers", kind="email"),
    Option(
        "tiktok",
        "privacy",
        "Who can see it on TikTok",
        choices=(
            ("PUBLIC_TO_EVERYONE", "Everybody"),
            ("MUTUAL_FOLLOW_FRIENDS", "Friends"),
            ("FOLLOWER_OF_CREATOR", "Followers"),
            ("SELF_ONLY", "Only you"),
        ),
    ),
    Option("linkedin", "title", "Headline of the link on LinkedIn", hint="LinkedIn does not read the page."),
)


class TimeWrong(Problem):
    """The time cannot be kept."""

    code = "time_wrong"
    status = 422
    title = "This time cannot be kept"


@dataclass(frozen=True, slots=True)
class Draft:
    """One form; `key` is the id of the post that it becomes, however often it is sent."""

    key: UUID = field(default_factory=uuid7)
    text: str = ""
    link: str = ""
    media: tuple[UUID, ...] = ()
    style: Style = Style.POST
    later: bool = False
    at: str = ""  # as the field says it, in the tenant's own time
    accounts: frozenset[UUID] = frozenset()
    options: Mapping[str, str] = field(default_factory=dict)  # by field

    @classmethod
    def read(cls, data: MultiValueDict[str, str]) -> Self:
        """Return what a form sent; what cannot be read is as if it was left out."""
        style = data.get("style", "")
        key = _ids(data.getlist("key"))
        return cls(
            key=key[0] if key else uuid7(),
            text=data.get("text", "").replace("\r\n", "\n"),
            link=data.get("link", "").strip(),
            media=tuple(dict.fromkeys(_ids(data.getlist("media")))),
            style=Style(style) if style in set(Style) else Style.POST,
            later=data.get("when") == "later",
            at=data.get("at", ""),
            accounts=frozenset(_ids(data.getlist("account"))),
            options={one.field: said for one in OPTIONS if (said := data.get(one.field, "").strip())},
        )

    @property
    def written(self) -> Written:
        """What of it goes to the accounts."""
        kind = self.options.get(KIND.field, "")
        parts: dict[str, Any] = {part: {} for part in _PARTS.get(kind, ())}
        said: dict[str, dict[str, Any]] = {KIND.platform: parts} if parts else {}
        for one in OPTIONS:
            if one is not KIND and one.field in self.options and (not one.of or kind in one.of):
                part, _, name = one.name.rpartition(".")
                whole = said.setdefault(one.platform, {})
                (whole[part] if part else whole)[name] = self.options[one.field]
        return Written(self.text, self.link, self.media, self.style, said)

    def due(self, tenant: Tenant, at: datetime) -> datetime | None:
        """
        Return when it is to go out; None means now.

        :raises TimeWrong: in words, for a time that is none, over, or too far away.
        """
        if not self.later:
            return None
        moment = _moment(self.at, ZoneInfo(tenant.time_zone))
        if moment < at - timedelta(minutes=1):
            raise TimeWrong(detail="This time is over. Choose a later one, or publish it now.")
        if moment > at + FURTHEST:
            raise TimeWrong(detail="This is more than a year away. Choose an earlier time.")
        return moment

    def with_media(self, *, more: Sequence[UUID] = (), without: str = "") -> Self:
        """Return it with other pictures and films."""
        media = tuple(one for one in (*self.media, *more) if str(one) != without)
        return replace(self, media=media)

    def anew(self) -> Self:
        """Return the same words as another post."""
        return replace(self, key=uuid7())

    def kept(self) -> dict[str, list[str]]:
        """Return it as a form would send it."""
        return {
            "key": [str(self.key)],
            "text": [self.text],
            "link": [self.link],
            "media": [str(one) for one in self.media],
            "style": [self.style.value],
            "when": ["later" if self.later else "now"],
            "at": [self.at],
            "account": [str(one) for one in self.accounts],
            **{name: [said] for name, said in self.options.items()},
        }


def keep(request: HttpRequest, tenant: Tenant, draft: Draft) -> None:
    """Keep it in the browser's session; whoever goes to a partner comes back to it."""
    request.session[_SESSION] = {"tenant": tenant.slug, "said": draft.kept(), "away": True}


def kept_of(request: HttpRequest, tenant: Tenant) -> Draft | None:
    """Return what was kept for this tenant; the author has arrived."""
    kept = request.session.get(_SESSION)
    if not kept or kept["tenant"] != tenant.slug:
        return None
    request.session[_SESSION] = {**kept, "away": False}
    return Draft.read(MultiValueDict(kept["said"]))


def forget(request: HttpRequest) -> None:
    """Keep nothing any more."""
    request.session.pop(_SESSION, None)


def way_back(request: HttpRequest, slug: str) -> str:
    """Return where somebody goes on to write who left a post for the partner's page; nothing when nobody did."""
    kept = request.session.get(_SESSION)
    away = kept and kept["away"] and kept["tenant"] == slug
    return reverse("compose", args=[slug]) if away else ""


def _ids(said: Sequence[str]) -> list[UUID]:
    found = []
    for one in said:
        with suppress(ValueError):
            found.append(UUID(one))
    return found


def _moment(said: str, zone: ZoneInfo) -> datetime:
    try:
        naive = parse_datetime(said)
    except ValueError:
        naive = None
    if naive is None:
        raise TimeWrong(detail="Say a day and a time.")
    try:
        moment = naive.replace(tzinfo=zone).astimezone(UTC)
    except OverflowError:
        raise TimeWrong(detail="Say a day and a time.") from None
    if moment.astimezone(zone).replace(tzinfo=None) != naive.replace(tzinfo=None):
        raise TimeWrong(detail="The clocks go forward over this time. Choose one before or after.")
    return moment
