"""Token endpoints (RFC 6749, section 5.2) and resources (RFC 6750): what a partner's own table does not say better."""

from apps.errors.classification import Scope
from apps.errors.codes import ErrorCode as E
from apps.errors.rules.rule import rule

_ENDPOINT = "https://www.rfc-editor.org/rfc/rfc6749#section-5.2"
_AUTHORIZE = "https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1"
_BEARER = "https://www.rfc-editor.org/rfc/rfc6750#section-3.1"
_OPENID = "https://openid.net/specs/openid-connect-core-1_0.html#AuthError"
_REVOKE = "https://www.rfc-editor.org/rfc/rfc7009#section-2.2.1"
_DEVICE = "https://www.rfc-editor.org/rfc/rfc8628#section-3.5"

RULES = (
    rule(
        "oauth.invalid_grant.refresh",
        E.AUTH_REVOKED,
        words="oauth:invalid_grant",
        operation="refresh revoke",
        scope=Scope.GRANT,
        source=_ENDPOINT,
    ),
    rule(
        "oauth.invalid_grant",
        E.AUTH_INVALID,
        words="oauth:invalid_grant oauth:expired_token",
        scope=Scope.GRANT,
        source=_ENDPOINT,
    ),
    rule(
        "oauth.token_expired",
        E.AUTH_EXPIRED,
        words="oauth:invalid_token",
        message=r"\btoken (?:has |is )?expired\b",
        operation="publish upload poll verify delete health_check inspect",
        scope=Scope.GRANT,
        source=_BEARER,
    ),
    rule(
        "oauth.invalid_token", E.AUTH_INVALID, words="oauth:invalid_token", scope=Scope.GRANT, source=_BEARER
    ),
    rule(
        "oauth.insufficient_scope",
        E.PERMISSION_INSUFFICIENT,
        words="oauth:insufficient_scope",
        scope=Scope.CONNECTION,
        source=_BEARER,
    ),
    rule(
        "oauth.client",
        E.APP_SUSPENDED,
        words="oauth:invalid_client oauth:unauthorized_client",
        scope=Scope.APP,
        source=_ENDPOINT,
    ),
    rule(
        "oauth.interaction",
        E.ACCOUNT_ACTION_REQUIRED,
        words="oauth:interaction_required oauth:login_required oauth:consent_required oauth:account_selection_required",
        scope=Scope.GRANT,
        source=_OPENID,
    ),
    rule(
        "oauth.request",
        E.INVALID_REQUEST,
        words="oauth:invalid_request oauth:invalid_scope oauth:unsupported_grant_type oauth:unsupported_response_type oauth:redirect_uri_mismatch",
        source=_ENDPOINT,
    ),
    rule("oauth.token_type", E.INVALID_REQUEST, words="oauth:unsupported_token_type", source=_REVOKE),
    rule("oauth.denied", E.PERMISSION_INSUFFICIENT, words="oauth:access_denied", source=_AUTHORIZE),
    rule(
        "oauth.rate",
        E.RATE_LIMIT_429,
        words="oauth:slow_down oauth:rate_limit oauth:rate_limit_exceeded oauth:too_many_requests",
        scope=Scope.APP,
        first_wait=5,
        source=_DEVICE,
    ),
    rule("oauth.server", E.PARTNER_5XX, words="oauth:server_error", source=_AUTHORIZE),
    rule(
        "oauth.unavailable", E.PARTNER_UNAVAILABLE, words="oauth:temporarily_unavailable", source=_AUTHORIZE
    ),
)
