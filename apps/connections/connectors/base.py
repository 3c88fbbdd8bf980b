"""What connectors share."""

from dataclasses import replace
from datetime import timedelta

from apps.connections.connectors.interface import Answer, Context, PostDraft, StepResult
from apps.errors.classification import CallContext, Classification
from apps.errors.classifier import classify_partner_error

# A partner's clock and ours differ, and its Date header has whole seconds.
CLOCK_MARGIN = timedelta(minutes=2)


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
