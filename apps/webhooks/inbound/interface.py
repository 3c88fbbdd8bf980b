"""The contract between our intake and a partner's webhooks. Plain and frozen: no ORM, no clock, no network."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from apps.errors.codes import ErrorCode
from apps.webhooks.inbound.choices import Act


class Refused(Exception):
    """It does not prove that the partner sent it; `why` is one of a few words and says nothing of the content."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class KeyUnknown(Exception):
    """It names a signing key that we have not fetched yet: the partner shall bring it again."""


class Malformed(ValueError):
    """It is the partner's, and not what the partner documents."""


@dataclass(frozen=True, slots=True)
class Post:
    """What came, before anybody believes it."""

    body: bytes
    headers: Mapping[str, str]  # names in any case
    rest: str  # of the path, behind the receiver's own
    now: Callable[[], datetime]  # asks the database: most proofs need no time


@dataclass(frozen=True, slots=True)
class Proof:
    """Whose secret proved it; or, where partners sign nothing, whose own address it came to."""

    signer: str = ""
    vouched: UUID | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, ready to be sent."""

    status: int = 200
    text: str = ""
    json: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """One event of a POST, and what tells it from every other: the partner's id, or all that it says."""

    data: Mapping[str, Any]
    key: str


@dataclass(frozen=True, slots=True)
class Told:
    """What one event says, in our words. Who is meant: a person's authorisations, one account, or one post."""

    kind: str
    act: Act
    at: datetime | None = None
    person: str = ""
    account: str = ""
    post: str = ""  # the id under which the partner works on it
    code: ErrorCode | None = None  # why it stops
    known: bool = True
    chatter: bool = False  # it comes often and proves little: a check within the last hour has answered it
    evidence: Mapping[str, str] = field(default_factory=dict)  # for the job
    note: str = ""


class Receiver(Protocol):
    """One address of a partner's webhooks. Stateless."""

    @property
    def name(self) -> str:
        """Its path below /api/webhooks/."""
        ...

    @property
    def platform(self) -> str:
        """Our word for the partner."""
        ...

    @property
    def accepted(self) -> int:
        """The status that tells the partner that we have it."""
        ...

    @property
    def refused(self) -> int:
        """The status for what proves nothing."""
        ...

    def greet(self, query: Mapping[str, str], rest: str) -> Reply:
        """
        Answer the partner's handshake.

        :raises Refused: when it proves nothing.
        """
        ...

    def prove(self, post: Post) -> Proof:
        """
        Check over the raw bytes that the partner sent this.

        :raises Refused: when it did not, or nobody can tell.
        :raises KeyUnknown: when it names a key that we do not have yet.
        """
        ...

    def thank(self, post: Post, proof: Proof) -> Reply | None:
        """Do what must be done before the answer, and return it; None for an empty one."""
        ...

    def split(self, body: bytes) -> list[Piece]:
        """
        Take a POST apart.

        :raises Malformed: when it is not what the partner documents.
        """
        ...

    def read(self, data: Mapping[str, Any]) -> Told:
        """
        Say what an event means.

        :raises Malformed: when it is not what the partner documents.
        """
        ...
