"""The contract between our kinds and a partner: what a connector is given and what it gives back.

Everything here is plain and frozen; connectors run on an event loop, without ORM and without a clock.
"""

import json
from collections.abc import AsyncIterable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from apps.connections.connectors.capability import AccountType, Capability
from apps.errors.classification import Classification
from apps.errors.outcome import Usage
from apps.jobs.limits import Limit

# A partner's clock and ours differ, and its Date header has whole seconds.
CLOCK_MARGIN = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request to a partner. `writes` says whether it may change something over there."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    form: Mapping[str, str] | None = None
    body: bytes | AsyncIterable[bytes] | None = None
    writes: bool = True
    budget: str = "write"
    time_limit: float = 30.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A partner's answer as it came over the wire; header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def ok(self) -> bool:
        """True for a 2xx status, which at some partners proves nothing yet."""
        return 200 <= self.status < 300  # noqa: PLR2004 - the definition of success in HTTP

    def json(self) -> Any:
        """Return the parsed body, or None when it is not JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    def value(self, *path: str) -> Any:
        """Return a value inside the JSON body by keys, or None where a key is missing."""
        found = self.json()
        for key in path:
            found = found.get(key) if isinstance(found, dict) else None
        return found

    @property
    def date(self) -> datetime | None:
        """The partner's own clock, from its Date header."""
        try:
            return parsedate_to_datetime(self.headers["date"])
        except (KeyError, ValueError):
            return None


class Wire(Protocol):
    """The only way out: one `send` is one request on the wire, counted, fenced and capped."""

    last: Answer | None

    async def send(self, request: Request) -> Answer:
        """
        Send the request once and return the answer, whatever its status.

        :raises apps.connections.wire.WireFailed: when no complete answer came; it knows whether bytes were sent.
        """
        ...


@dataclass(frozen=True, slots=True)
class PartnerApp:
    """Who we are to the partner: client id and secrets, base URLs by settings name, API version."""

    client_id: str
    client_secret: str = field(repr=False)
    urls: Mapping[str, str] = field(default_factory=dict)
    version: str = ""
    other_secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class MediaRef:
    """A picture or film: its facts, and two ways to its bytes."""

    kind: str  # image | video
    content_type: str
    size: int
    name: str
    read: Callable[[int, int], bytes]  # (offset, length) -> bytes; blocking, call it in a thread
    public_url: Callable[[timedelta], str]  # a URL that partners can fetch for that long
    width: int | None = None
    height: int | None = None
    duration_s: float | None = None
    alt_text: str = ""


@dataclass(frozen=True, slots=True)
class PostDraft:
    """What is to be published on one connection."""

    format: (
        str  # a word of the capability tables: text, link, image, images, video, reel, story, carousel, ...
    )
    text: str = ""
    link: str = ""
    media: tuple[MediaRef, ...] = ()
    options: Any = None  # the platform's own frozen Options


@dataclass(frozen=True, slots=True)
class Shape:
    """What of a post and its account decides the steps: known before any of its media is read."""

    account_type: str
    format: str
    media: int = 0  # how many


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """One account at the partner: what the connection stores, and what `accounts` finds."""

    type: str  # page | instagram | member | organization | creator | location | audience
    external_id: str
    name: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)  # gbp account, dc, login, role, ...
    token: str | None = field(default=None, repr=False)  # a token of its own (Meta pages)
    may_publish: bool = True  # False: the person sees the account, and its role there does not let it post


@dataclass(frozen=True, slots=True)
class Context:
    """Everything a call may know."""

    app: PartnerApp
    account: AccountFacts
    token: str = field(repr=False)
    wire: Wire
    at: datetime  # when this turn was claimed, the database's clock
    job_id: UUID | None = None
    draft: PostDraft | None = None
    progress: Mapping[str, Any] = field(default_factory=dict)
    token_age: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One named part of a publish. The commit point is the one whose success makes it public."""

    name: str
    commit: bool = False
    poll: bool = False  # asks whether the partner has finished; "not yet" waits and burns nothing
    calls: Mapping[str, int] = field(default_factory=lambda: {"write": 1})  # by budget
    time_limit: float = 30.0


@dataclass(frozen=True, slots=True)
class StepResult:
    """What became of a step. `failure` None means that it worked (or that the partner still works on it)."""

    failure: Classification | None = None
    answer: Answer | None = None
    progress: Mapping[str, Any] = field(default_factory=dict)
    remote_id: str = ""
    permalink: str = ""
    poll_after: float | None = None  # seconds until it is worth asking again
    restart_at: str = ""  # a staged object is gone: go on again from this step
    skip_to: str = ""  # a later step: those in between are not needed
    duplicate_of: str = ""  # the post that a partner names when it refuses a second one like it
    scopes: tuple[str, ...] | None = None  # what the token may do by the partner's word; None: it did not say


class MatchedBy(StrEnum):
    """How a candidate was recognised."""

    ID = "id"
    MARKER = "marker"
    FINGERPRINT = "fingerprint"


@dataclass(frozen=True, slots=True)
class Probe:
    """What to look for after an unknown outcome."""

    first_sent_at: datetime  # the database's clock, like the next
    asked_at: datetime
    remote_id: str = ""

    def since(self, answer: Answer | None) -> datetime:
        """
        Return before when nothing of ours was created, by the partner's clock.

        Its Date header says how far that is from ours: a clock of ours that runs ahead would else make our own post look
        older than our first send, and it would be sent again.
        """
        told = answer.date if answer else None
        return self.first_sent_at + (told - self.asked_at if told else timedelta(0)) - CLOCK_MARGIN


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something at the partner that may be the post we do not know of; the engine judges."""

    id: str
    created_at: datetime | None
    matched_by: MatchedBy
    permalink: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What a look brought: candidates, or the reason why nothing could be seen."""

    candidates: tuple[Candidate, ...] = ()
    failure: Classification | None = None
    answer: Answer | None = None
    # The partner says it is accepted and still working: wait and look again.
    pending: bool = False


@dataclass(frozen=True, slots=True)
class TokenSet:
    """What a token endpoint gave us. None means that the partner said nothing about it."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    expires_in: float | None = None  # seconds; None with never_expires False is "unknown"
    never_expires: bool = False
    refresh_expires_in: float | None = None
    scopes: tuple[str, ...] = ()
    user_id: str = ""
    user_name: str = ""


@dataclass(frozen=True, slots=True)
class Exchanged:
    """The end of a token call: tokens, or the reason why there are none."""

    tokens: TokenSet | None = None
    failure: Classification | None = None


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts that a grant can act for, or the reason why they cannot be seen."""

    accounts: tuple[AccountFacts, ...] = ()
    failure: Classification | None = None
    user_id: str = ""
    user_name: str = ""


class TokenModel(StrEnum):
    """How a platform's access is kept alive."""

    ROTATING = "rotating"
    RENEWING = "renewing"
    EXTENSION = "extension"
    NONE = "none"


class Connector(Protocol):
    """Our client for one platform. Stateless: one instance serves every connection."""

    @property
    def platform(self) -> str:
        """Our word for it."""
        ...

    @property
    def token_model(self) -> TokenModel:
        """How its access is kept alive."""
        ...

    @property
    def pkce(self) -> bool:
        """Whether its sign-in takes a code challenge."""
        ...

    @property
    def scopes(self) -> tuple[str, ...]:
        """What is asked for when connecting."""
        ...

    @property
    def permissions(self) -> Mapping[str, str]:
        """What each of these scopes lets us do, in plain words."""
        ...

    @property
    def account_types(self) -> Mapping[str, AccountType]:
        """What is true of each type of account."""
        ...

    @property
    def listing_scopes(self) -> tuple[str, ...]:
        """What it takes to see the accounts at all."""
        ...

    @property
    def capabilities(self) -> Mapping[tuple[str, str], Capability]:
        """What can be done, by account type and format."""
        ...

    @property
    def limits(self) -> tuple[Limit, ...]:
        """What the partner lets us call."""
        ...

    def usage(self, account: AccountFacts, answer: Answer) -> tuple[Usage, ...]:
        """Return how much of its limits the partner says is gone, where it says so."""
        ...

    def parse_options(self, raw: Mapping[str, Any]) -> Any:
        """
        Turn the `options` of a request into the platform's frozen Options.

        :raises OptionsInvalid: naming the field, in plain words.
        """
        ...

    def steps(self, shape: Shape) -> tuple[Step, ...]:
        """Return the steps that publish such a post, in order, with exactly one commit point."""
        ...

    async def run(self, step: str, ctx: Context) -> StepResult:
        """Do one step."""
        ...

    async def find_published(self, ctx: Context, probe: Probe) -> Found:
        """Look for a post that may have gone out."""
        ...

    async def delete(self, ctx: Context, remote_id: str) -> StepResult:
        """Delete a published post; one that is gone already counts as deleted."""
        ...

    async def health(self, ctx: Context) -> StepResult:
        """Ask the cheapest question whose answer proves that this connection works, and where it is free for what."""
        ...

    def authorize_url(
        self,
        app: PartnerApp,
        *,
        redirect_uri: str,
        state: str,
        verifier: str = "",
        again: bool = False,
        login: str = "",
    ) -> str:
        """Return the partner's consent page; `again` asks for what was declined before."""
        ...

    async def exchange(
        self,
        app: PartnerApp,
        wire: Wire,
        *,
        code: str,
        redirect_uri: str,
        verifier: str = "",
        login: str = "",
    ) -> Exchanged:
        """Trade an authorisation code for tokens (long-lived ones where the partner has two kinds)."""
        ...

    async def refresh(self, app: PartnerApp, wire: Wire, tokens: TokenSet, *, login: str = "") -> Exchanged:
        """Renew the tokens; an answer without a refresh token leaves `refresh_token` None (keep the old one)."""
        ...

    async def accounts(self, app: PartnerApp, wire: Wire, tokens: TokenSet, *, login: str = "") -> Accounts:
        """List the accounts this grant can act for."""
        ...

    async def revoke(self, app: PartnerApp, wire: Wire, tokens: TokenSet, *, login: str = "") -> StepResult:
        """Give the access back at the partner, where it has an endpoint for that."""
        ...


class OptionsInvalid(ValueError):
    """An option of a post is missing or wrong; says which and what would be right."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message
