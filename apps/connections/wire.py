"""The way out: aiohttp tamed so that one `send` is one request on the wire."""

import asyncio
import io
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import DefaultResolver
from yarl import URL

from apps.connections.connectors.interface import Answer, Request

MAX_ANSWER_BYTES = 1024 * 1024
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class WireFailed(Exception):
    """No complete answer came. `sent` says whether the request may have reached the partner."""

    def __init__(self, cause: BaseException, *, sent: bool) -> None:
        super().__init__(type(cause).__name__)
        self.cause = cause
        self.sent = sent


class _LoopbackNames(AbstractResolver):
    """Resolves *.localhost to loopback as RFC 6761 asks; plain glibc does not."""

    def __init__(self) -> None:
        self._default = DefaultResolver()

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:
        return await self._default.resolve("127.0.0.1" if host.endswith(".localhost") else host, port, family)

    async def close(self) -> None:
        await self._default.close()


@dataclass
class _Progress:
    """How far one request got."""

    on_sent: Callable[[], None]
    sent: bool = False


_progress: ContextVar[_Progress] = ContextVar("_progress")


class _Request(aiohttp.ClientRequest):
    """Notes when it is written: from the first byte on we cannot say "not sent". A trace would cost six awaits more."""

    async def send(self, conn: Any) -> aiohttp.ClientResponse:
        progress = _progress.get()
        progress.sent = True
        progress.on_sent()
        return await super().send(conn)


def open_session(
    *, connections: int = 2500, connector: aiohttp.TCPConnector | None = None, unpack: bool = True
) -> aiohttp.ClientSession:
    """
    Return the session that every call of one event loop shares.

    `unpack` says whether compressed answers are unpacked; whoever reads strangers' answers leaves them as they are.
    """
    session = aiohttp.ClientSession(
        connector=connector
        or aiohttp.TCPConnector(limit=connections, resolver=_LoopbackNames(), ttl_dns_cache=60),
        auto_decompress=unpack,
        request_class=_Request,
        cookie_jar=aiohttp.DummyCookieJar(),
        # Limits of its own cost aiohttp more than the one that `send` puts around the whole exchange.
        timeout=aiohttp.ClientTimeout(total=None),
        trust_env=False,
    )
    # aiohttp repeats idempotent requests by itself when a kept-alive connection was cut, and has no public switch
    # for that. A token exchange is a GET: sending it twice burns the code.
    session._retry_connection = False  # noqa: SLF001
    return session


def _payload(request: Request) -> Any:
    """Return what aiohttp sends; a large body goes out in parts, so that it does not hold up the loop."""
    if request.form is not None:
        # aiohttp's own forms prepare for multipart first, which costs a quarter of a small call's time.
        return urlencode(request.form).encode()
    return io.BytesIO(request.body) if isinstance(request.body, bytes) else request.body


def _headers(request: Request) -> Mapping[str, str]:
    return request.headers if request.form is None else {**FORM, **request.headers}


async def _read_capped(response: aiohttp.ClientResponse, most: int) -> bytes:
    """Return at most so many bytes of the body; a longer rest is dropped together with the connection."""
    body = bytearray()
    while chunk := await response.content.readany():
        body += chunk
        if len(body) >= most:
            response.close()
            break
    return bytes(body[:most])


class HttpWire:
    """Sends through aiohttp, without redirects, with one time limit over the whole exchange and a cap on the answer."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        on_send: Callable[[Request], None] = lambda _: None,
        most: int = MAX_ANSWER_BYTES,
    ) -> None:
        self._session = session
        self._on_send = on_send
        self._most = most  # bytes that are read of an answer
        self.last: Answer | None = None

    async def send(self, request: Request) -> Answer:
        """Send the request once. :raises WireFailed: when no complete answer came."""
        progress = _Progress(lambda: self._on_send(request))
        _progress.set(progress)
        try:
            exchange = self._session.request(
                request.method,
                URL(request.url, encoded=True),  # our URLs are encoded already; URNs must stay so
                headers=_headers(request),
                params=request.params or None,
                json=request.json,
                data=_payload(request),
                allow_redirects=False,
            )
            async with asyncio.timeout(request.time_limit), exchange as response:
                body = await _read_capped(response, self._most)
                headers = MappingProxyType({name.lower(): value for name, value in response.headers.items()})
                self.last = Answer(status=response.status, headers=headers, body=body)
                return self.last
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise WireFailed(error, sent=progress.sent) from error
