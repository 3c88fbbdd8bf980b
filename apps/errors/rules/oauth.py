"""Token endpoints (RFC 6749, section 5.2): what a partner's own table does not say better."""

from apps.errors.classification import Scope
from apps.errors.codes import ErrorCode as E
from apps.errors.rules.rule import rule

_ENDPOINT = "https://www.rfc-editor.org/rfc/rfc6749#section-5.2"
_AUTHORIZE = "https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1"
_BEARER = "https://www.rfc-editor.org/rfc/rfc6750#section-3.1"

RULES = (
    rule(
        "oauth.invalid_grant.refresh",
        E.AUTH_REVOKED,
        words="oauth:invalid_grant",
        operation="refresh",
        scope=Scope.GRANT,
        source=_ENDPOINT,
    ),
    rule(
        "oauth.invalid_grant",
        E.AUTH_INVALID,
        words="oauth:invalid_grant",
        scope=Scope.GRANT,
        source=_ENDPOINT,
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
        "oauth.request",
        E.INVALID_REQUEST,
        words="oauth:invalid_request oauth:invalid_scope oauth:unsupported_grant_type oauth:unsupported_response_type",
        source=_ENDPOINT,
    ),
    rule("oauth.denied", E.PERMISSION_INSUFFICIENT, words="oauth:access_denied", source=_AUTHORIZE),
    rule("oauth.server", E.PARTNER_5XX, words="oauth:server_error", source=_AUTHORIZE),
    rule(
        "oauth.unavailable", E.PARTNER_UNAVAILABLE, words="oauth:temporarily_unavailable", source=_AUTHORIZE
    ),
)
