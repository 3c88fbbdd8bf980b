"""One delivery over the wire: guarded, signed anew for each try, with an answer that is capped."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import datetime

import aiohttp

from apps.connections.connectors.interface import Answer, Request
from apps.connections.wire import HttpWire, WireFailed, open_session
from apps.core.egress import urls
from apps.core.egress.connector import AddressRefused, guarded_connector
from apps.core.egress.urls import UrlRefused
from apps.errors.classification import Classification, Confidence
from apps.errors.classifier import classify_partner_error
from apps.errors.codes import ErrorCode
from apps.errors.outcome import Outcome, Verdict
from apps.errors.redact import redact
from apps.errors.system import classify_system_error
from apps.jobs.kinds import Work
from apps.webhooks.outbound import signing
from apps.webhooks.outbound.lanes import PLATFORM

TIME_LIMIT = 15.0  # seconds: name, connection, request and answer
MOST_READ = 16 * 1024  # bytes of an answer
MOST_KEPT = 1024  # characters
# A tenant's server that does not know a method or a version is no alarm for operations.
_HARMLESS = {ErrorCode.API_VERSION_DEPRECATED: ErrorCode.PARTNER_5XX}
_sessions: dict[int, aiohttp.ClientSession] = {}


@dataclass(frozen=True, slots=True)
class Message:
    """What a sending needs, loaded before."""

    url: str
    id: str
    type: str
    body: bytes
    secrets: tuple[str, ...] = field(repr=False)


async def send(message: Message, work: Work) -> Outcome:
    """Send once. Whatever comes instead of a 2xx is a failure with a name."""
    try:
        urls.read(message.url)
        wire = HttpWire(_session(), on_send=lambda _: _note(work), most=MOST_READ)
        answer = await wire.send(_request(message, work.at))
    except UrlRefused as refused:
        return Outcome(
            verdict=Verdict.FAILURE, classification=_refused(refused.detail), evidence=refused.detail
        )
    except WireFailed as failed:
        return _no_answer(failed)
    return _outcome(answer)


async def close_session() -> None:
    """Close the event loop's session, if there is one."""
    if session := _sessions.pop(id(asyncio.get_running_loop()), None):
        await session.close()


def _session() -> aiohttp.ClientSession:
    loop = id(asyncio.get_running_loop())
    if loop not in _sessions or _sessions[loop].closed:
        _sessions[loop] = open_session(connector=guarded_connector(), unpack=False)
    return _sessions[loop]


def _request(message: Message, at: datetime) -> Request:
    return Request(
        "POST",
        message.url,
        headers={
            **signing.headers(message.id, message.body, message.secrets, at),
            "Content-Type": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": "Reknit-Webhooks/1",
        },
        body=message.body,
        time_limit=TIME_LIMIT,
    )


def _note(work: Work) -> None:
    work.sent_at = work.at


def _outcome(answer: Answer) -> Outcome:
    kept = redact(answer.body.decode("utf-8", "replace"))[:MOST_KEPT].replace("\x00", "")
    if answer.ok:
        return Outcome(verdict=Verdict.SUCCESS, committed=True, http_status=answer.status, evidence=kept)
    found = classify_partner_error(PLATFORM, answer.status, answer.body, answer.headers, operation="webhook")
    found = replace(found, code=_HARMLESS.get(found.code, found.code))
    return Outcome(verdict=Verdict.FAILURE, classification=found, http_status=answer.status, evidence=kept)


def _no_answer(failed: WireFailed) -> Outcome:
    cause = getattr(failed.cause, "os_error", failed.cause)
    if isinstance(cause, AddressRefused):
        return Outcome(verdict=Verdict.FAILURE, classification=_refused(str(cause)), evidence=str(cause))
    found = classify_system_error(failed.cause, request_sent=failed.sent, platform=PLATFORM)
    verdict = Verdict.UNKNOWN if failed.sent else Verdict.FAILURE
    return Outcome(verdict=verdict, classification=found, evidence=str(found.evidence.get("exception", "")))


def _refused(words: str) -> Classification:
    """Its name leads inside now. Nothing was sent; by the next try it may lead to where it led before."""
    return Classification(
        code=ErrorCode.NETWORK_ERROR,
        platform=PLATFORM,
        rule_id="system.egress",
        confidence=Confidence.EXACT,
        partner_message=words,
    )
