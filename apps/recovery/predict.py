"""What would happen to a job if it were let go now. Pure: who asks has read everything before (situations.py)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from apps.errors.codes import ErrorAction, ErrorCode
from apps.errors.messages import OPERATOR
from apps.errors.taxonomy import get_taxonomy_entry
from apps.jobs.choices import DeadLetterReason
from apps.jobs.pacing import Key
from apps.recovery.choices import Prediction

# What these ask for cannot happen to content that is sent again as it is.
UNCHANGED_FAILS = frozenset({ErrorAction.FIX_CONTENT, ErrorAction.DEAD_LETTER})


class Twin(StrEnum):
    """Whether the same post is known on the same account."""

    NONE = "none"
    OUT = "out"  # it went out after this one was accepted
    UNDERWAY = "underway"  # its fate is open


@dataclass(frozen=True, slots=True)
class Stop:
    """An open hold that concerns the job."""

    sentence: str
    until: datetime | None
    by_connection: bool


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything that decides about one job; times are the job's own."""

    subject: UUID
    calls: Mapping[Key, float]  # by the bucket that they are taken from
    due_at: datetime
    ask_after: datetime | None = None
    skip_after: datetime | None = None
    unproven: bool = False  # something of it may be out
    stops: Sequence[Stop] = ()
    connection_works: bool = True
    twin: Twin = Twin.NONE
    same_post: tuple[UUID | None, str] | None = None  # account and fingerprint, unless it may go out twice
    failed_with: str = ""
    gave_up: str = ""


@dataclass(frozen=True, slots=True)
class Forecast:
    """One word, one sentence, and until when if it is known."""

    prediction: Prediction
    sentence: str
    until: datetime | None = None


@dataclass(slots=True)
class Level:
    """What a bucket will still give: calls that are there now, and how fast others come."""

    tokens: float
    per_minute: float
    ahead: float = 0  # calls that are due already
    wanted: float = 0

    def take(self, calls: float, at: datetime) -> datetime:
        """Take calls, and return when they can be made."""
        self.wanted += calls
        missing = max(0.0, self.ahead + self.wanted - self.tokens)
        return at + timedelta(minutes=missing / self.per_minute)


@dataclass(slots=True)
class Forecaster:
    """Predicts one after the other, in the order in which they will go: each leaves less for the next."""

    at: datetime
    levels: Mapping[Key, Level]
    publish_late: bool = False
    _going: set[tuple[UUID | None, str]] = field(default_factory=set)

    def forecast(self, one: Situation) -> Forecast:
        """Return the first that is true."""
        return (
            self._twin(one)
            or _stopped(one)
            or _looked_for(one, self)
            or self._late(one)
            or _resting(one, self.at)
            or _failing(one, self)
            or self._going_out(one)
        )

    def calls_made(self, one: Situation) -> datetime:
        """Take its calls; return when they can be made."""
        made = (self.levels[key].take(calls, self.at) for key, calls in one.calls.items())
        return max(made, default=self.at)

    def _twin(self, one: Situation) -> Forecast | None:
        if one.twin is Twin.OUT:
            return Forecast(Prediction.DUPLICATE, "The same post went out to this account meanwhile.")
        if one.same_post in self._going:
            return Forecast(
                Prediction.DUPLICATE, "The same post goes out to this account with another one of these."
            )
        return None

    def _late(self, one: Situation) -> Forecast | None:
        if self.publish_late or one.ask_after is None or one.ask_after > self.at:
            return None
        if one.skip_after is not None and one.skip_after <= self.at:
            return Forecast(Prediction.LATE_SKIP, "It is so late that its tenant wants it skipped.")
        return Forecast(Prediction.LATE_ASK, "It is late: a person of the tenant is asked.")

    def _going_out(self, one: Situation) -> Forecast:
        if one.same_post:
            self._going.add(one.same_post)
        if one.due_at > self.at:
            return Forecast(Prediction.WAIT, "It is planned for later.", one.due_at)
        if one.twin is Twin.UNDERWAY:
            return Forecast(
                Prediction.WAIT, "The same post is on its way to this account; this one waits for its end."
            )
        when = self.calls_made(one)
        if when > self.at:
            return Forecast(Prediction.WAIT, "Its tenant's limit at the partner is used up until then.", when)
        return Forecast(Prediction.PUBLISH, "It goes out now.")


def fails_again(code: str, reason: str) -> bool:
    """Return True when what made it fail is still the same, because nothing of it has changed."""
    if reason == DeadLetterReason.CRASHED:
        return True
    return bool(code) and get_taxonomy_entry(ErrorCode(code)).action in UNCHANGED_FAILS


def _stopped(one: Situation) -> Forecast | None:
    """A stop without an end comes first: behind it not even lateness is judged."""
    if not one.connection_works:
        why = next((stop.sentence for stop in one.stops if stop.by_connection), "Its connection is stopped.")
        return Forecast(Prediction.CONNECTION_PAUSED, why)
    lasting = [stop for stop in one.stops if stop.until is None]
    if not lasting:
        return None
    word = Prediction.CONNECTION_PAUSED if lasting[0].by_connection else Prediction.WAIT
    return Forecast(word, lasting[0].sentence)


def _looked_for(one: Situation, forecaster: Forecaster) -> Forecast | None:
    if not one.unproven:
        return None
    when = forecaster.calls_made(one)
    return Forecast(
        Prediction.VERIFY_FIRST, "It may be out: we look at the partner before anything is sent.", when
    )


def _resting(one: Situation, at: datetime) -> Forecast | None:
    ends = {stop.until: stop.sentence for stop in one.stops if stop.until and stop.until > at}
    last = max(ends, default=None)
    return Forecast(Prediction.WAIT, ends[last], last) if last else None


def _failing(one: Situation, forecaster: Forecaster) -> Forecast | None:
    if not fails_again(one.failed_with, one.gave_up):
        return None
    forecaster.calls_made(one)
    if one.gave_up == DeadLetterReason.CRASHED:
        return Forecast(
            Prediction.FAIL_AGAIN, "Three workers died while they were at it; nothing has changed."
        )
    return Forecast(
        Prediction.FAIL_AGAIN, f"Nothing has changed since: {OPERATOR[ErrorCode(one.failed_with)]}"
    )
