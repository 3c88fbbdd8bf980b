"""The taxonomy: what each code is, how bad it is, and what it asks for."""

from dataclasses import dataclass

from apps.errors import messages
from apps.errors.codes import ErrorAction as A
from apps.errors.codes import ErrorCode as E
from apps.errors.codes import ErrorKind as K
from apps.errors.codes import ErrorSeverity as S


@dataclass(frozen=True, slots=True)
class TaxonomyEntry:
    """Everything that is true of a code, whoever the partner is."""

    code: E
    kind: K
    severity: S
    action: A
    policy: str = "default"  # the retry preset where the kind has none of its own
    pauses_to: str = ""  # the connection status it leads to: attention, revoked, or nothing
    counts_for_breaker: bool = False

    @property
    def retryable(self) -> bool:
        """True when the same request may work later, as it is."""
        return self.action in {A.RETRY_WITH_BACKOFF, A.RETRY_AFTER} or self.kind in {K.TRANSIENT, K.TIMEOUT}

    @property
    def pauses_connection(self) -> bool:
        """True when nothing may be published on the connection until a person acts."""
        return bool(self.pauses_to)

    @property
    def requires_reauth(self) -> bool:
        """True when that person must sign in at the partner again."""
        return bool(self.pauses_to)

    @property
    def runbook(self) -> str:
        """The runbook page's name."""
        return self.code.value.lower().replace("_", "-")


def _entry(code: E, kind: K, severity: S, action: A, **more: str | bool) -> TaxonomyEntry:
    return TaxonomyEntry(code, kind, severity, action, **more)  # type: ignore[arg-type]


_ATTENTION = "attention"
TAXONOMY: dict[E, TaxonomyEntry] = {
    entry.code: entry
    for entry in (
        _entry(E.AUTH_EXPIRED, K.PERMANENT, S.HIGH, A.REFRESH_TOKEN, pauses_to=_ATTENTION),
        _entry(E.AUTH_INVALID, K.PERMANENT, S.HIGH, A.PAUSE_RECONNECT, pauses_to=_ATTENTION),
        _entry(E.AUTH_REVOKED, K.PERMANENT, S.HIGH, A.PAUSE_RECONNECT, pauses_to="revoked"),
        _entry(E.AUTH_REPLY_LOST, K.PERMANENT, S.HIGH, A.PAUSE_RECONNECT, pauses_to=_ATTENTION),
        _entry(E.APP_DEAUTHORIZED, K.PERMANENT, S.HIGH, A.PAUSE_RECONNECT, pauses_to="revoked"),
        _entry(E.ACCOUNT_ACTION_REQUIRED, K.PERMANENT, S.HIGH, A.PAUSE_RECONNECT, pauses_to=_ATTENTION),
        _entry(E.PERMISSION_INSUFFICIENT, K.PERMANENT, S.HIGH, A.PAUSE_RECONNECT, pauses_to=_ATTENTION),
        _entry(E.ACCOUNT_NOT_FOUND, K.PERMANENT, S.HIGH, A.PAUSE_RECONNECT, pauses_to=_ATTENTION),
        _entry(E.APP_SUSPENDED, K.PERMANENT, S.CRITICAL, A.ESCALATE_OPS),
        _entry(E.RATE_LIMIT_429, K.RATE_LIMIT, S.MEDIUM, A.RETRY_AFTER),
        _entry(E.QUOTA_EXCEEDED, K.RATE_LIMIT, S.MEDIUM, A.RETRY_AFTER),
        _entry(E.SPAM_BLOCKED, K.PERMANENT, S.HIGH, A.ESCALATE_OPS),
        _entry(E.PARTNER_5XX, K.TRANSIENT, S.MEDIUM, A.RETRY_WITH_BACKOFF, counts_for_breaker=True),
        _entry(E.PARTNER_UNAVAILABLE, K.TRANSIENT, S.MEDIUM, A.RETRY_WITH_BACKOFF, counts_for_breaker=True),
        _entry(E.PARTNER_TIMEOUT, K.TIMEOUT, S.MEDIUM, A.VERIFY_FIRST, counts_for_breaker=True),
        _entry(E.NETWORK_ERROR, K.NETWORK, S.MEDIUM, A.RETRY_WITH_BACKOFF, counts_for_breaker=True),
        _entry(E.NETWORK_TIMEOUT, K.TIMEOUT, S.MEDIUM, A.VERIFY_FIRST, counts_for_breaker=True),
        _entry(E.SSL_ERROR, K.NETWORK, S.HIGH, A.ESCALATE_OPS),
        _entry(E.CONTENT_INVALID, K.PERMANENT, S.LOW, A.FIX_CONTENT),
        _entry(E.CONTENT_POLICY, K.PERMANENT, S.MEDIUM, A.FIX_CONTENT),
        _entry(E.MEDIA_INVALID, K.PERMANENT, S.LOW, A.FIX_CONTENT),
        _entry(E.MEDIA_NOT_READY, K.TRANSIENT, S.INFO, A.RETRY_WITH_BACKOFF, policy="poll"),
        _entry(E.DUPLICATE_CONTENT, K.PERMANENT, S.LOW, A.VERIFY_FIRST),
        _entry(E.RESOURCE_NOT_FOUND, K.PERMANENT, S.LOW, A.DEAD_LETTER),
        _entry(E.RESOURCE_CONFLICT, K.PERMANENT, S.MEDIUM, A.VERIFY_FIRST),
        _entry(E.INVALID_REQUEST, K.PERMANENT, S.HIGH, A.DEAD_LETTER),
        _entry(E.API_VERSION_DEPRECATED, K.PERMANENT, S.CRITICAL, A.ESCALATE_OPS),
        _entry(E.CAPABILITY_UNSUPPORTED, K.PERMANENT, S.LOW, A.FIX_CONTENT),
        _entry(E.CIRCUIT_BREAKER_OPEN, K.TRANSIENT, S.MEDIUM, A.RETRY_AFTER),
        _entry(E.INTERNAL_ERROR, K.PERMANENT, S.CRITICAL, A.DEAD_LETTER),
        _entry(E.UNKNOWN, K.UNKNOWN, S.MEDIUM, A.RETRY_WITH_BACKOFF),
    )
}


def get_taxonomy_entry(code: E) -> TaxonomyEntry:
    """Return everything that is true of a code."""
    return TAXONOMY[code]


def is_retryable(code: E) -> bool:
    """Return True when the same request may work later."""
    return TAXONOMY[code].retryable


def requires_reauth(code: E) -> bool:
    """Return True when a person must sign in at the partner again."""
    return TAXONOMY[code].requires_reauth


def pauses_connection(code: E) -> bool:
    """Return True when the connection stops until a person acts."""
    return TAXONOMY[code].pauses_connection


def get_user_message(code: E, platform: str = "") -> str:
    """Return what happened and what to do, in plain words; `platform` is our word or a display name."""
    name = messages.PLATFORM_NAMES.get(platform, platform) or "The partner"
    return messages.USER[code].format(platform=name)


def runbook_for(code: E) -> str:
    """Return the path of the runbook page."""
    return f"runbooks/{TAXONOMY[code].runbook}.md"
