"""What connectors share."""

from dataclasses import replace
from datetime import UTC, datetime

from apps.connections.connectors.interface import (
    Answer,
    Context,
    PostDraft,
    Request,
    StepResult,
    TokenSet,
    Wire,
)
from apps.connections.wire import WireFailed
from apps.errors.classification import CallContext, Classification
from apps.errors.classifier import classify_partner_error


def failure(platform: str, answer: Answer, *, operation: str, about: str = "") -> Classification:
    """Name what the partner answered; `about` is the kind of object that the call was about."""
    context = CallContext(object_kind=about) if about else None
    return classify_partner_error(
        platform, answer.status, answer.body, answer.headers, operation=operation, context=context
    )


def failed_step(platform: str, answer: Answer, *, operation: str, about: str = "") -> StepResult:
    """Return a step's failure with its classification."""
    return StepResult(failure=failure(platform, answer, operation=operation, about=about), answer=answer)


def unproven(platform: str, answer: Answer, *, operation: str = "publish") -> StepResult:
    """Return a success that does not say what it made: a proxy may have spoken, so it proves nothing."""
    found = replace(failure(platform, answer, operation=operation), proof=False)
    return StepResult(failure=found, answer=answer)


def text_id(value: object) -> str:
    """Return an id as text: partners send numbers and strings for the same thing."""
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""


def draft_of(ctx: Context) -> PostDraft:
    """Return what is to be published; only calls about no post in particular have none."""
    if ctx.draft is None:
        raise ValueError("A publish step needs a draft.")
    return ctx.draft


def seconds(value: object) -> float | None:
    """Return a lifetime: partners send numbers and numbers in strings; 0 says nothing."""
    try:
        return float(str(value)) or None
    except ValueError:
        return None


async def with_end(tokens: TokenSet, wire: Wire, question: Request, *path: str) -> TokenSet:
    """
    Ask the partner when a token ends whose answer did not say so; fresh tokens are not lost over an unanswered question.

    The end is a moment on the partner's clock, and so is its Date header: their difference is true on any clock.
    """
    try:
        answer = await wire.send(question)
    except WireFailed:
        return tokens
    end = seconds(answer.value(*path))
    if not answer.ok or end is None or answer.date is None:
        return tokens
    left = (datetime.fromtimestamp(end, UTC) - answer.date).total_seconds()
    return replace(tokens, expires_in=left) if left > 0 else tokens
