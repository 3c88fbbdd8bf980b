"""Google's other APIs, which import sources read: Search Console, Merchant, sitemaps behind Google's sign-in."""

from apps.errors.classification import Scope
from apps.errors.codes import ErrorCode as E
from apps.errors.rules.rule import rule

_AIP = "https://google.aip.dev/193"
_CONSOLE = "https://developers.google.com/webmaster-tools/v1/errors"

RULES = (
    rule(
        "google_api.scope",
        E.PERMISSION_INSUFFICIENT,
        words="reason:accesstokenscopeinsufficient",
        scope=Scope.GRANT,
        source=_AIP,
    ),
    rule(
        "google_api.disabled",
        E.APP_SUSPENDED,
        words="reason:servicedisabled legacy:accessnotconfigured",
        scope=Scope.APP,
        source=_CONSOLE,
    ),
    rule(
        "google_api.auth",
        E.AUTH_INVALID,
        words="legacy:autherror status:unauthenticated",
        scope=Scope.GRANT,
        source=_CONSOLE,
    ),
    rule(
        "google_api.quota.day",
        E.QUOTA_EXCEEDED,
        words="legacy:dailylimitexceeded legacy:quotaexceeded quota:day",
        scope=Scope.APP,
        source=_CONSOLE,
    ),
    rule(
        "google_api.rate",
        E.RATE_LIMIT_429,
        words="legacy:ratelimitexceeded legacy:userratelimitexceeded status:resource_exhausted",
        scope=Scope.APP,
        first_wait=60,
        source=_CONSOLE,
    ),
    rule(
        "google_api.forbidden",
        E.PERMISSION_INSUFFICIENT,
        words="legacy:forbidden status:permission_denied",
        scope=Scope.CONNECTION,
        source=_CONSOLE,
    ),
    rule(
        "google_api.missing", E.RESOURCE_NOT_FOUND, words="legacy:notfound status:not_found", source=_CONSOLE
    ),
    rule(
        "google_api.internal",
        E.PARTNER_5XX,
        words="legacy:backenderror legacy:internalerror status:internal",
        proof=False,
        source=_CONSOLE,
    ),
    rule(
        "google_api.unavailable", E.PARTNER_UNAVAILABLE, words="status:unavailable", proof=False, source=_AIP
    ),
    rule(
        "google_api.deadline", E.PARTNER_TIMEOUT, words="status:deadline_exceeded", proof=False, source=_AIP
    ),
    rule(
        "google_api.request",
        E.INVALID_REQUEST,
        words="legacy:badrequest legacy:invalid legacy:required status:invalid_argument",
        source=_CONSOLE,
    ),
)
