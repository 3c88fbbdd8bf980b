"""A classified failure: its name, the rule that gave it, and the evidence."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from apps.errors.codes import ErrorAction, ErrorCode
from apps.errors.taxonomy import TAXONOMY, TaxonomyEntry


class Scope(StrEnum):
    """Whom a failure concerns: which bucket cools down, who is stopped."""

    CALL = "call"
    CONNECTION = "connection"
    GRANT = "grant"
    APP = "app"


class Confidence(StrEnum):
    """How sure the rule is."""

    EXACT = "exact"  # the partner's own code or word
    PATTERN = "pattern"  # a message
    FALLBACK = "fallback"  # the HTTP status only


@dataclass(frozen=True, slots=True)
class CallContext:
    """What some partners' codes depend on."""

    object_kind: str = ""  # account | post | container | media
    object_age_s: float | None = None
    token_age_s: float | None = None


@dataclass(frozen=True, slots=True)
class Classification:
    """The classifier's answer."""

    code: ErrorCode
    platform: str
    rule_id: str
    confidence: Confidence
    scope: Scope = Scope.CALL
    proof: bool = True  # the answer proves that the partner did not accept the request
    retry_after: float | None = None  # seconds, from the partner
    first_wait: float | None = None  # seconds, the rule's own where the partner gives no hint
    partner_code: str = ""
    partner_subcode: str = ""
    partner_message: str = ""
    partner_request_id: str = ""
    required_scopes: tuple[str, ...] = ()
    evidence: Mapping[str, str] = field(default_factory=dict)
    fingerprint: str = ""  # of answers that no rule of ours knows

    @property
    def entry(self) -> TaxonomyEntry:
        """What is true of the code."""
        return TAXONOMY[self.code]

    @property
    def action(self) -> ErrorAction:
        """What the code asks for."""
        return self.entry.action

    @property
    def retryable(self) -> bool:
        """True when the same request may work later."""
        return self.entry.retryable
