"""The fields that event types are made of: what each says, and where in the log it stands."""

from typing import Any
from uuid import UUID

from apps.connections.choices import Platform
from apps.errors.codes import ErrorCode
from apps.errors.messages import PLATFORM_NAMES
from apps.errors.taxonomy import get_taxonomy_entry, get_user_message
from apps.events.models import Event
from apps.webhooks.catalogue.shape import ID, NUMBER, TEXT, TIME, Field, Schema

_AN_ID = "019a8c50-5c00-7000-8000-00000000000"


def said(name: str, schema: Schema, words: str, example: Any, *, may_be_null: bool = False) -> Field:
    """Return a field that stands in the event's own data under the same name."""

    def read(event: Event) -> Any:
        value = event.data.get(name)
        return None if may_be_null and value == "" else value

    return Field(name, schema, words, example, read, may_be_null)


def subject_of(kind: str, words: str, *, may_be_null: bool = False) -> Field:
    """Return a field with the id of what the event is about, if that is of this kind."""

    def read(event: Event) -> str | None:
        sort, _, found = event.subject.partition(":")
        return found if sort == kind and _is_id(found) else None

    return Field(kind, ID, words, f"{_AN_ID}1", read, may_be_null, is_subject=True)


def _is_id(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:
        return False


def _code_of(event: Event) -> ErrorCode | None:
    code = event.data.get("code")
    return ErrorCode(code) if code in set(ErrorCode) else None


def _message(event: Event) -> str | None:
    code = _code_of(event)
    return get_user_message(code, PLATFORM_NAMES.get(event.data.get("platform", ""), "")) if code else None


def _severity(event: Event) -> str | None:
    code = _code_of(event)
    return get_taxonomy_entry(code).severity.value if code else None


CONNECTION = subject_of("connection", "The account.")
ANY_CONNECTION = subject_of("connection", "The account, if it is about one.", may_be_null=True)
JOB = said("job", ID, "The job.", f"{_AN_ID}2")
KIND = said("kind", TEXT, "What the job does: publish, delete, refresh, ...", "publish")
PLATFORM = said("platform", TEXT, "The partner, or `http`.", Platform.META.value)
STATE = said("state", TEXT, "Where the job is now.", "queued")
CODE = said("code", TEXT, "What went wrong; see the reference of errors.", "AUTH_INVALID")
ANY_CODE = said("code", TEXT, "Why, if an error is the cause.", "AUTH_INVALID", may_be_null=True)
RULE = said("rule", TEXT, "The rule that gave the code.", "meta.190", may_be_null=True)
BY = said("by", TEXT, "Who stopped it: auto, breaker, inactive_rule or ops.", "auto", may_be_null=True)
SEVERITY = Field("severity", TEXT, "How bad it is: INFO to CRITICAL.", "HIGH", _severity, may_be_null=True)
MESSAGE = Field(
    "message",
    TEXT,
    "What to tell people, in plain words.",
    get_user_message(ErrorCode.AUTH_INVALID, "Facebook"),
    _message,
    may_be_null=True,
)
NEXT_TRY = said("next_try_at", TIME, "When it is tried again.", "2026-11-24T12:05:00+00:00", may_be_null=True)
REASON = said(
    "reason", TEXT, "Why it cannot go on: MAX_RETRIES, UNRETRYABLE, ...", "MAX_RETRIES", may_be_null=True
)
RESOLUTION = said("resolution", TEXT, "How: replayed or resolved.", "replayed")
REMOTE_ID = said("remote_id", TEXT, "What the partner calls the post.", "104_311", may_be_null=True)
PERMALINK = said(
    "permalink", TEXT, "Where it can be seen.", "https://facebook.example/104_311", may_be_null=True
)
UNTIL = said("until", TIME, "When the next post tries it.", "2026-11-24T12:01:00+00:00", may_be_null=True)
INCIDENT = said("incident", ID, "The incident.", f"{_AN_ID}3")
ANY_INCIDENT = said(
    "incident", ID, "The incident that took it over, if one did.", f"{_AN_ID}3", may_be_null=True
)
FAMILY = said(
    "family", TEXT, "What sort of trouble: availability, authorisation, app, signature.", "availability"
)
LETTER = subject_of("dead_letter", "The dead letter.")
GRANT = subject_of("grant", "The sign-in.")
OPERATION = subject_of("operation", "The operation.")
TOTAL = said("total", NUMBER, "How many subjects it is about.", 12)
ENDPOINT = subject_of("endpoint", "The endpoint.")
DELIVERY = said("delivery", ID, "The delivery.", f"{_AN_ID}4")
EVENT_TYPE = said("type", TEXT, "The type of event that was to be told.", "connection.paused")
STATUS = said("status", NUMBER, "The HTTP status of the answer, if there was one.", 200, may_be_null=True)
SCHEDULE = subject_of("schedule", "The schedule.")
DUE_AT = said("due_at", TIME, "When it was due.", "2026-11-24T12:00:00+00:00")
MINUTE = said("minute", TIME, "The minute that is counted.", "2026-11-24T12:00:00+00:00")
