"""The HTTP status alone: the weakest signal, the same for everybody, asked last."""

from apps.errors.codes import ErrorCode as E
from apps.errors.rules.rule import rule

_RFC = "https://www.rfc-editor.org/rfc/rfc9110"

RULES = (
    rule("http.401", E.AUTH_INVALID, status="401", source=_RFC),
    rule("http.402", E.ACCOUNT_ACTION_REQUIRED, status="402", source=_RFC),
    rule("http.403.page", E.PARTNER_UNAVAILABLE, status="403", html=True, source=_RFC),
    rule("http.403.bare", E.UNKNOWN, status="403", message=r"^\s*$", source=_RFC),
    rule("http.403", E.PERMISSION_INSUFFICIENT, status="403", source=_RFC),
    rule("http.404", E.RESOURCE_NOT_FOUND, status="404 410", source=_RFC),
    rule("http.408", E.PARTNER_TIMEOUT, status="408 504", proof=False, source=_RFC),
    rule("http.409", E.RESOURCE_CONFLICT, status="409 412", source=_RFC),
    rule("http.413", E.MEDIA_INVALID, status="413 415", source=_RFC),
    rule("http.426", E.API_VERSION_DEPRECATED, status="426 501", source=_RFC),
    rule("http.429", E.RATE_LIMIT_429, status="429", first_wait=1, source=_RFC),
    rule("http.499", E.PARTNER_5XX, status="499 500 502 507 508 520 521 522 523", proof=False, source=_RFC),
    rule("http.503", E.PARTNER_UNAVAILABLE, status="503", proof=False, source=_RFC),
    rule("http.524", E.PARTNER_TIMEOUT, status="524 598 599", proof=False, source=_RFC),
    rule("http.400", E.INVALID_REQUEST, status="400 405 406 411 414 422 431", source=_RFC),
)
