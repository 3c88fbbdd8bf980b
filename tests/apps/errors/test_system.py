"""What no partner said: broken lines, unreadable answers, our own bugs. Real sockets raise the exceptions."""

import asyncio
import json
import ssl
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import gaierror, socket
from threading import Thread

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from apps.connections.connectors.interface import Request
from apps.connections.wire import HttpWire, WireFailed, open_session
from apps.errors.codes import ErrorCode
from apps.errors.system import classify_system_error


@contextmanager
def listener(serve: Callable[[socket], None]) -> Iterator[int]:
    """Accept one connection and do with it as told; yields the port."""
    with socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()

        def take() -> None:
            try:
                line, _ = door.accept()
            except OSError:
                return
            with line:
                serve(line)

        thread = Thread(target=take, daemon=True)
        thread.start()
        yield door.getsockname()[1]
    thread.join(timeout=5)


def failed(url: str, *, limit: float = 5) -> WireFailed:
    """Send a request that fails and return how."""

    async def send() -> None:
        async with open_session() as session:
            await HttpWire(session).send(Request("POST", url, json={"a": 1}, time_limit=limit))

    with pytest.raises(WireFailed) as caught:
        asyncio.run(send())
    return caught.value


def name_of(failure: WireFailed) -> tuple[ErrorCode, bool]:
    """Return the code, and whether it proves that nothing was accepted."""
    found = classify_system_error(failure.cause, request_sent=failure.sent)
    return found.code, found.proof


def test_a_name_that_nobody_knows_is_a_network_error() -> None:
    assert name_of(failed("http://no-such-host.invalid/")) == (ErrorCode.NETWORK_ERROR, True)


def test_a_closed_port_is_a_network_error() -> None:
    with socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]

    assert name_of(failed(f"http://127.0.0.1:{port}/")) == (ErrorCode.NETWORK_ERROR, True)


def test_a_line_cut_after_sending_proves_nothing() -> None:
    with listener(lambda line: line.recv(65536) and None) as port:
        assert name_of(failed(f"http://127.0.0.1:{port}/")) == (ErrorCode.NETWORK_TIMEOUT, False)


def test_half_an_answer_proves_nothing() -> None:
    def half(line: socket) -> None:
        line.recv(65536)
        line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")

    with listener(half) as port:
        assert name_of(failed(f"http://127.0.0.1:{port}/")) == (ErrorCode.NETWORK_TIMEOUT, False)


def test_an_answer_that_is_no_http_proves_nothing() -> None:
    def noise(line: socket) -> None:
        line.recv(65536)
        line.sendall(b"\x00\x01\x02 what?\r\n\r\n")

    with listener(noise) as port:
        assert name_of(failed(f"http://127.0.0.1:{port}/")) == (ErrorCode.NETWORK_TIMEOUT, False)


def test_a_partner_that_never_answers_proves_nothing() -> None:
    def wait(line: socket) -> None:
        while line.recv(65536):
            pass

    with listener(wait) as port:
        assert name_of(failed(f"http://127.0.0.1:{port}/", limit=0.3)) == (ErrorCode.NETWORK_TIMEOUT, False)


def test_a_handshake_that_breaks_is_a_network_error() -> None:
    def babble(line: socket) -> None:
        line.recv(65536)
        line.sendall(b"this is not TLS at all\r\n")

    with listener(babble) as port:
        assert name_of(failed(f"https://127.0.0.1:{port}/")) == (ErrorCode.NETWORK_ERROR, True)


def test_a_certificate_that_nobody_vouches_for_is_an_ssl_error(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_self_signed(tmp_path))

    def greet(line: socket) -> None:
        with suppress(OSError):
            context.wrap_socket(line, server_side=True)

    with listener(greet) as port:
        assert name_of(failed(f"https://127.0.0.1:{port}/")) == (ErrorCode.SSL_ERROR, True)


def _self_signed(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    begin = datetime(2020, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder(who, who, key.public_key(), x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=36500))
        .sign(key, hashes.SHA256())
    )
    file = folder / "both.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return file


@pytest.mark.parametrize(
    ("error", "sent", "code"),
    [
        (gaierror(-2, "Name or service not known"), False, ErrorCode.NETWORK_ERROR),
        (ConnectionRefusedError(111, "refused"), False, ErrorCode.NETWORK_ERROR),
        (ConnectionResetError(104, "reset"), False, ErrorCode.NETWORK_ERROR),
        (ConnectionResetError(104, "reset"), True, ErrorCode.NETWORK_TIMEOUT),
        (aiohttp.ServerDisconnectedError(), True, ErrorCode.NETWORK_TIMEOUT),
        (TimeoutError(), False, ErrorCode.NETWORK_TIMEOUT),
        (TimeoutError(), True, ErrorCode.NETWORK_TIMEOUT),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid"), True, ErrorCode.NETWORK_TIMEOUT),
        (json.JSONDecodeError("x", "x", 0), True, ErrorCode.NETWORK_TIMEOUT),
        (zlib.error("incorrect header check"), True, ErrorCode.NETWORK_TIMEOUT),
        (aiohttp.ClientPayloadError("cut"), True, ErrorCode.NETWORK_TIMEOUT),
        (KeyError("id"), True, ErrorCode.INTERNAL_ERROR),
        (AssertionError(), False, ErrorCode.INTERNAL_ERROR),
        (MemoryError(), True, ErrorCode.INTERNAL_ERROR),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else str(value),
)
def test_an_exception_gets_its_name(error: BaseException, sent: bool, code: ErrorCode) -> None:
    found = classify_system_error(error, request_sent=sent)

    assert (found.code, found.proof) == (code, not sent)
