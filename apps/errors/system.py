"""From our own exceptions to a name: what failed, and whether anything may have reached the partner."""

import json
import ssl
import zlib
from dataclasses import dataclass
from socket import gaierror

import aiohttp

from apps.errors.classification import Classification, Confidence, Scope
from apps.errors.codes import ErrorCode
from apps.errors.redact import redact


def classify_system_error(
    error: BaseException, *, request_sent: bool, platform: str = "http"
) -> Classification:
    """Name a failure that is no answer. Once the request was sent, only "no complete answer came" is certain."""
    rule = _name(error, request_sent=request_sent)
    return Classification(
        code=rule.gives,
        platform=platform,
        rule_id=f"system.{rule.name}",
        confidence=Confidence.EXACT,
        scope=Scope.CALL,
        proof=not request_sent,
        partner_message="",
        evidence={"exception": type(error).__name__, "text": redact(str(error))[:300]},
    )


@dataclass(frozen=True, slots=True)
class _SystemRule:
    """Matches an exception by its type and by whether the request had been sent; the first match wins."""

    name: str
    gives: ErrorCode
    errors: tuple[type[BaseException], ...]
    sent: bool | None = None  # None: both

    def matches(self, error: BaseException, *, sent: bool) -> bool:
        return isinstance(error, self.errors) and self.sent in {None, sent}


# What aiohttp, the socket and the decoders raise when a line breaks or an answer cannot be read.
_LINE = (aiohttp.ClientError, TimeoutError, ConnectionError, OSError)
_UNREADABLE = (UnicodeError, json.JSONDecodeError, zlib.error, EOFError)

SYSTEM_RULES = (
    _SystemRule(
        "certificate",
        ErrorCode.SSL_ERROR,
        (ssl.SSLCertVerificationError, aiohttp.ClientConnectorCertificateError),
    ),
    _SystemRule("no_answer", ErrorCode.NETWORK_TIMEOUT, (*_LINE, *_UNREADABLE), sent=True),
    _SystemRule("dns", ErrorCode.NETWORK_ERROR, (aiohttp.ClientConnectorDNSError, gaierror), sent=False),
    _SystemRule("handshake", ErrorCode.NETWORK_ERROR, (ssl.SSLError, aiohttp.ClientSSLError), sent=False),
    _SystemRule("timeout_before_sending", ErrorCode.NETWORK_TIMEOUT, (TimeoutError,), sent=False),
    _SystemRule("not_reached", ErrorCode.NETWORK_ERROR, _LINE, sent=False),
    _SystemRule("exception", ErrorCode.INTERNAL_ERROR, (BaseException,)),
)


def _name(error: BaseException, *, request_sent: bool) -> _SystemRule:
    return next(rule for rule in SYSTEM_RULES if rule.matches(error, sent=request_sent))
