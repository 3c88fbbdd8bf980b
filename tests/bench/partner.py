"""A partner with one POST, in a process of its own: python -m tests.bench.partner SECONDS

The account in the path says how it behaves. It speaks just enough HTTP: both sides of a benchmark share the machine with
it, and a real partner takes none of our CPU.
"""

import asyncio
import sys
from collections.abc import Callable
from contextlib import suppress

HANGS = 30.0  # seconds
_GONE = b'{"error": {"message": "Session has expired", "type": "OAuthException", "code": 190, "error_subcode": 463}}'
_BUSY = b'{"error": {"message": "Too many calls", "type": "OAuthException", "code": 32}}'


class Partner(asyncio.Protocol):
    """One kept-alive connection; requests come one after the other."""

    posts = 0
    open = 0  # requests that wait for their answer
    latency = 0.0

    def connection_lost(self, _error: Exception | None) -> None:
        """Forget what waited on it."""
        Partner.open -= self._waiting
        self._waiting = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to answer."""
        self._transport = transport
        self._received = b""
        self._waiting = 0

    def data_received(self, data: bytes) -> None:
        """Answer when the request is complete."""
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        if not found or len(body) < _length(head):
            return
        self._received = b""
        Partner.open += 1
        self._waiting = 1
        account = head.split(b" ", 2)[1].split(b"/")[-2]
        _BEHAVIOURS[account.partition(b"-")[0]](self)

    def answer(self, status: str, body: bytes) -> None:
        """Write one answer."""
        Partner.open -= self._waiting
        self._waiting = 0
        head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self._transport.write(head.encode() + body)  # type: ignore[attr-defined]

    def post(self) -> None:
        """Accept a post."""
        Partner.posts += 1
        self.answer("200 OK", b'{"id": "post_%d"}' % Partner.posts)


def _length(head: bytes) -> int:
    _, found, rest = head.lower().partition(b"content-length:")
    return int(rest.split(b"\r\n", 1)[0]) if found else 0


_BEHAVIOURS: dict[bytes, Callable[[Partner], object]] = {
    b"ok": Partner.post,
    b"slow": lambda partner: asyncio.get_running_loop().call_later(Partner.latency, partner.post),
    b"hang": lambda partner: asyncio.get_running_loop().call_later(HANGS, partner.post),
    b"hole": lambda _: None,
    b"busy": lambda partner: partner.answer("429 Too Many Requests", _BUSY),
    b"gone": lambda partner: partner.answer("400 Bad Request", _GONE),
    b"posts": lambda partner: partner.answer("200 OK", b"%d" % Partner.posts),
    b"open": lambda partner: partner.answer("200 OK", b"%d" % (Partner.open - 1)),  # itself apart
}


async def _serve(latency: float) -> None:
    Partner.latency = latency
    server = await asyncio.get_running_loop().create_server(Partner, "127.0.0.1", 0, backlog=4096)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve(float(sys.argv[1])))
