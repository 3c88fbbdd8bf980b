"""From our own exceptions to a name: what failed, and whether anything may have reached the partner."""

import asyncio
import errno
import json
import ssl
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from socket import gaierror, herror

import aiohttp

from apps.errors.classification import Classification, Confidence, Scope
from apps.errors.codes import ErrorCode as E
from apps.errors.redact import redact

_DOCS = "https://docs.aiohttp.org/en/stable/client_reference.html#hierarchy-of-exceptions"
_LIBRARY = "https://docs.python.org/3/library/exceptions.html#os-exceptions"
_UNREACHABLE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN, errno.EADDRNOTAVAIL}
_Kinds = tuple[type[BaseException], ...]


@dataclass(frozen=True, slots=True)
class SystemRule:
    """Matches exceptions of these kinds; `sent` says when it applies (None: always)."""

    id: str
    gives: E
    kinds: _Kinds
    sent: bool | None
    source: str
    only: Callable[[BaseException], bool] | None = None

    def matches(self, error: BaseException, *, request_sent: bool) -> bool:
        """Return True when this rule speaks about the exception."""
        return (
            isinstance(error, self.kinds)
            and self.sent in {None, request_sent}
            and (self.only is None or self.only(error))
        )


def _refused(error: BaseException) -> bool:
    return isinstance(_os_error(error), ConnectionRefusedError)


def _unreachable(error: BaseException) -> bool:
    return getattr(_os_error(error), "errno", None) in _UNREACHABLE


def _os_error(error: BaseException) -> BaseException:
    return error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error


_CERTIFICATE: _Kinds = (
    ssl.SSLCertVerificationError,
    aiohttp.ClientConnectorCertificateError,
    aiohttp.ServerFingerprintMismatch,
)
_URL: _Kinds = (aiohttp.InvalidURL,)
_BROKEN: _Kinds = (
    aiohttp.ClientPayloadError,
    aiohttp.ContentTypeError,
    UnicodeDecodeError,
    json.JSONDecodeError,
    zlib.error,
    EOFError,
)
_WIRE: _Kinds = (
    aiohttp.ClientError,
    ConnectionError,
    ssl.SSLError,
    gaierror,
    herror,
    asyncio.CancelledError,
)

# Read top to bottom: the first rule that matches decides.
RULES = (
    # Certificates are checked before the first byte of ours: whatever was sent before went to somebody else.
    SystemRule("system.certificate", E.SSL_ERROR, _CERTIFICATE, None, _DOCS),
    SystemRule("system.address", E.INVALID_REQUEST, _URL, False, _DOCS),
    # Sent, and no complete answer came: nobody knows what the partner did.
    SystemRule("system.timeout", E.NETWORK_TIMEOUT, (TimeoutError,), True, _DOCS),
    SystemRule("system.broken_answer", E.NETWORK_TIMEOUT, _BROKEN, True, _DOCS),
    SystemRule("system.no_answer", E.NETWORK_TIMEOUT, _WIRE, True, _DOCS),
    SystemRule("system.no_answer.unreachable", E.NETWORK_TIMEOUT, (OSError,), True, _LIBRARY, _unreachable),
    # Not sent: the same request may go out again.
    SystemRule(
        "system.dns", E.NETWORK_ERROR, (aiohttp.ClientConnectorDNSError, gaierror, herror), False, _DOCS
    ),
    SystemRule("system.timeout.not_sent", E.NETWORK_TIMEOUT, (TimeoutError,), False, _DOCS),
    SystemRule(
        "system.handshake", E.NETWORK_ERROR, (ssl.SSLError, aiohttp.ClientConnectorSSLError), False, _DOCS
    ),
    SystemRule("system.refused", E.NETWORK_ERROR, (OSError,), False, _LIBRARY, _refused),
    SystemRule("system.unreachable", E.NETWORK_ERROR, (OSError,), False, _LIBRARY, _unreachable),
    SystemRule("system.reset", E.NETWORK_ERROR, (ConnectionError,), False, _LIBRARY),
    SystemRule("system.not_reached", E.NETWORK_ERROR, (aiohttp.ClientConnectionError,), False, _DOCS),
    SystemRule("system.exception", E.INTERNAL_ERROR, (BaseException,), None, _LIBRARY),
)


def classify_system_error(
    error: BaseException, *, request_sent: bool, platform: str = "http"
) -> Classification:
    """Name a failure that is no answer. Once the request was sent, only "no complete answer came" is certain."""
    rule = next(rule for rule in RULES if rule.matches(error, request_sent=request_sent))
    return Classification(
        code=rule.gives,
        platform=platform,
        rule_id=rule.id,
        confidence=Confidence.EXACT,
        scope=Scope.CALL,
        proof=not request_sent,
        partner_message="",
        evidence={"exception": type(error).__name__, "text": redact(_text(error))[:300]},
    )


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - whatever an exception's own text does, its name must come out
        return ""
