"""From our own exceptions to a name: what failed, and whether anything may have reached the partner."""

import ssl
from socket import gaierror

import aiohttp

from apps.errors.classification import Classification, Confidence, Scope
from apps.errors.codes import ErrorCode
from apps.errors.redact import redact


def classify_system_error(
    error: BaseException, *, request_sent: bool, platform: str = "http"
) -> Classification:
    """Name a failure that is no answer. Once the request was sent, only "no complete answer came" is certain."""
    code, rule = _name(error, request_sent=request_sent)
    return Classification(
        code=code,
        platform=platform,
        rule_id=f"system.{rule}",
        confidence=Confidence.EXACT,
        scope=Scope.CALL,
        proof=not request_sent,
        partner_message="",
        evidence={"exception": type(error).__name__, "text": redact(str(error))[:300]},
    )


def _name(error: BaseException, *, request_sent: bool) -> tuple[ErrorCode, str]:
    if isinstance(error, (ssl.SSLCertVerificationError, aiohttp.ClientConnectorCertificateError)):
        return ErrorCode.SSL_ERROR, "certificate"
    network = isinstance(error, (aiohttp.ClientError, TimeoutError, ConnectionError, OSError))
    if network and request_sent:
        return ErrorCode.NETWORK_TIMEOUT, "no_answer"
    if isinstance(error, (aiohttp.ClientConnectorDNSError, gaierror)):
        return ErrorCode.NETWORK_ERROR, "dns"
    if isinstance(error, TimeoutError):
        return ErrorCode.NETWORK_ERROR, "connect_timeout"
    if network:
        return ErrorCode.NETWORK_ERROR, "not_reached"
    return ErrorCode.INTERNAL_ERROR, "exception"
