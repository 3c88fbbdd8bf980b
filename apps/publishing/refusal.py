"""What our own refusal before a call becomes: the same named failure as the partner's, without asking it."""

from collections.abc import Sequence

from apps.connections.limits import CapabilityProblem, Remedy
from apps.errors.classification import Classification, Confidence
from apps.errors.codes import ErrorCode
from apps.errors.outcome import Outcome, Verdict


def refusal(problems: Sequence[CapabilityProblem], *, platform: str) -> Outcome:
    """
    Return the failure that these problems are.

    The author's come first: a post that cannot go out as it is must not stop the connection for a permission.
    """
    mendable = [one for one in problems if one.remedy is Remedy.FIX_CONTENT]
    said = mendable or problems
    found = Classification(
        code=_code(said[0]),
        platform=platform,
        rule_id=f"guard.{said[0].rule}",
        confidence=Confidence.EXACT,
        proof=False,  # nobody was asked: it tells nothing of the partner's health
        partner_message=" ".join(one.message for one in said),
        required_scopes=said[0].scopes,
    )
    return Outcome(verdict=Verdict.FAILURE, classification=found)


def _code(problem: CapabilityProblem) -> ErrorCode:
    if problem.remedy is Remedy.RECONNECT:
        return ErrorCode.PERMISSION_INSUFFICIENT
    if problem.rule == "format":
        return ErrorCode.CAPABILITY_UNSUPPORTED
    return ErrorCode.MEDIA_INVALID if problem.field == "content.media" else ErrorCode.CONTENT_INVALID
