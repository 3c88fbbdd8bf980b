"""What a refused refresh means: whom it concerns, and whether an answer that we lost is the cause. Pure."""

from dataclasses import replace

from apps.connections.connectors.interface import TokenModel
from apps.connections.grants import GrantFacts
from apps.errors.classification import Classification, Scope
from apps.errors.codes import ErrorCode, ErrorKind
from apps.errors.outcome import Outcome, Verdict

DEAD = frozenset({ErrorCode.AUTH_EXPIRED, ErrorCode.AUTH_INVALID, ErrorCode.AUTH_REVOKED})
# The partner may have renewed it all the same, and only its answer went wrong.
DOUBTFUL = frozenset({ErrorKind.TRANSIENT, ErrorKind.TIMEOUT, ErrorKind.NETWORK, ErrorKind.UNKNOWN})


def of_a_refresh(found: Classification | None, facts: GrantFacts) -> Outcome:
    """Return the outcome of a refresh without tokens; a dead authorisation stops all that lives on it."""
    if found is None or not found.proof or found.entry.kind in DOUBTFUL:
        return Outcome(verdict=Verdict.UNKNOWN, classification=found)
    if found.code not in DEAD:
        return Outcome(verdict=Verdict.FAILURE, classification=found)
    if facts.reply_lost and facts.connector.token_model is TokenModel.ROTATING:
        # Asking again with the token we had is all that helps where the partner kept it; it did not. Nobody took
        # the access back: the next token was on its way to us.
        found = replace(found, code=ErrorCode.AUTH_REPLY_LOST, rule_id="system.refresh_reply_lost")
    return Outcome(verdict=Verdict.FAILURE, classification=replace(found, scope=Scope.GRANT))
