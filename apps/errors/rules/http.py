"""The HTTP status alone: the weakest signal, the same for everybody, asked last."""

from apps.errors.codes import ErrorCode as E
from apps.errors.rules.rule import rule

_RFC = "https://www.rfc-editor.org/rfc/rfc9110"
_REGISTRY = "https://www.iana.org/assignments/http-status-codes"
_CLOUDFLARE = (
    "https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/"
)
_REDIRECTS = "301 302 303 305 307 308"
# 418 is nobody's: whoever sends it has a meaning of his own.
_CLIENT = " ".join(str(status) for status in range(400, 500) if status != 418)
_SERVER = " ".join(map(str, range(500, 600)))

RULES = (
    rule("http.300", E.INVALID_REQUEST, status=_REDIRECTS, source=f"{_RFC}#section-15.4"),
    rule("http.401", E.AUTH_INVALID, status="401 498", source=f"{_RFC}#section-15.5.2"),
    rule("http.402", E.ACCOUNT_ACTION_REQUIRED, status="402", source=f"{_RFC}#section-15.5.3"),
    rule("http.403.page", E.PARTNER_UNAVAILABLE, status="403", html=True, source=f"{_RFC}#section-15.5.4"),
    rule("http.403.bare", E.UNKNOWN, status="403", message=r"^\s*$", source=f"{_RFC}#section-15.5.4"),
    rule("http.403", E.PERMISSION_INSUFFICIENT, status="403", source=f"{_RFC}#section-15.5.4"),
    rule("http.404", E.RESOURCE_NOT_FOUND, status="404 410", source=f"{_RFC}#section-15.5.5"),
    rule("http.408", E.PARTNER_TIMEOUT, status="408 504", proof=False, source=f"{_RFC}#section-15.5.9"),
    rule("http.409", E.RESOURCE_CONFLICT, status="409 412 423", source=f"{_RFC}#section-15.5.10"),
    rule("http.413", E.MEDIA_INVALID, status="413", source=f"{_RFC}#section-15.5.14"),
    rule("http.426", E.API_VERSION_DEPRECATED, status="426 501 505", source=f"{_RFC}#section-15.6.2"),
    # Sent too early or to the wrong door: nothing was done.
    rule(
        "http.425", E.PARTNER_UNAVAILABLE, status="421 425", source="https://www.rfc-editor.org/rfc/rfc8470"
    ),
    rule(
        "http.429",
        E.RATE_LIMIT_429,
        status="420 429",
        first_wait=1,
        source="https://www.rfc-editor.org/rfc/rfc6585#section-4",
    ),
    rule("http.451", E.CONTENT_POLICY, status="451", source="https://www.rfc-editor.org/rfc/rfc7725"),
    rule(
        "http.499",
        E.PARTNER_5XX,
        status="444 499",
        proof=False,
        source="https://github.com/nginx/nginx/blob/master/src/http/ngx_http_request.h",
    ),
    rule("http.503", E.PARTNER_UNAVAILABLE, status="503 529", proof=False, source=f"{_RFC}#section-15.6.4"),
    # The proxy in front never reached the machine behind it.
    rule("http.521", E.PARTNER_UNAVAILABLE, status="521 523 530", proof=False, source=_CLOUDFLARE),
    rule("http.524", E.PARTNER_TIMEOUT, status="522 524 598 599", proof=False, source=_CLOUDFLARE),
    rule("http.400", E.INVALID_REQUEST, status=_CLIENT, source=_REGISTRY),
    rule("http.500", E.PARTNER_5XX, status=_SERVER, proof=False, source=_REGISTRY),
)
