"""What our own exceptions are called: raised for real where a loopback socket can raise them."""

import asyncio
import json
import socket
import ssl
import struct
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from apps.connections.connectors.interface import Request
from apps.connections.wire import HttpWire, WireFailed, open_session
from apps.errors.classification import Classification
from apps.errors.codes import ErrorCode
from apps.errors.system import RULES, classify_system_error

Behaviour = Callable[[socket.socket], None]
PATIENT = 30.0
IMPATIENT = 0.2


@contextmanager
def _server(behave: Behaviour) -> Iterator[int]:
    """Accept one connection on loopback, behave, and close; yield the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_accept, args=(listener, behave), daemon=True)
        thread.start()
        yield listener.getsockname()[1]
    thread.join(PATIENT)


def _accept(listener: socket.socket, behave: Behaviour) -> None:
    connection, _ = listener.accept()
    with connection:
        behave(connection)


def _read_request(connection: socket.socket) -> None:
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536)


def _reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _answer(text: bytes) -> Behaviour:
    def behave(connection: socket.socket) -> None:
        _read_request(connection)
        connection.sendall(text)

    return behave


async def _failure(url: str, limit: float) -> Classification:
    async with open_session() as session:
        with pytest.raises(WireFailed) as failed:
            await HttpWire(session).send(Request("GET", url, time_limit=limit))
    return classify_system_error(failed.value.cause, request_sent=failed.value.sent)


def _call(behave: Behaviour, *, scheme: str = "http", limit: float = PATIENT) -> Classification:
    with _server(behave) as port:
        return asyncio.run(_failure(f"{scheme}://127.0.0.1:{port}/", limit))


def _named(error: BaseException, *, sent: bool) -> tuple[str, ErrorCode, bool]:
    found = classify_system_error(error, request_sent=sent)
    return found.rule_id, found.code, found.proof


def _seen(found: Classification) -> tuple[str, ErrorCode, bool]:
    return found.rule_id, found.code, found.proof


class TestBeforeTheRequestWasSent:
    def test_a_refused_connection(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]

        found = asyncio.run(_failure(f"http://127.0.0.1:{port}/", PATIENT))

        assert _seen(found) == ("system.refused", ErrorCode.NETWORK_ERROR, True)

    def test_a_connection_reset_in_the_handshake(self) -> None:
        found = _call(_reset, scheme="https")

        assert (found.code, found.proof) == (ErrorCode.NETWORK_ERROR, True)

    def test_a_handshake_with_something_that_does_not_speak_tls(self) -> None:
        found = _call(
            lambda connection: connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n"), scheme="https"
        )

        assert _seen(found) == ("system.handshake", ErrorCode.NETWORK_ERROR, True)

    def test_a_certificate_that_nobody_signed(self, tls: ssl.SSLContext) -> None:
        def behave(connection: socket.socket) -> None:
            with pytest.raises(ssl.SSLError):
                tls.wrap_socket(connection, server_side=True)

        found = _call(behave, scheme="https")

        assert _seen(found) == ("system.certificate", ErrorCode.SSL_ERROR, True)

    def test_a_handshake_that_never_ends(self) -> None:
        found = _call(_until_closed, scheme="https", limit=IMPATIENT)

        assert _seen(found) == ("system.timeout.not_sent", ErrorCode.NETWORK_TIMEOUT, True)

    def test_a_name_that_nobody_knows(self) -> None:
        with pytest.raises(socket.gaierror) as unknown:
            socket.getaddrinfo("not-a-number", 80, flags=socket.AI_NUMERICHOST)

        assert _named(unknown.value, sent=False) == ("system.dns", ErrorCode.NETWORK_ERROR, True)

    def test_a_name_that_the_client_cannot_resolve(self) -> None:
        error = asyncio.run(_unresolved())

        assert isinstance(error, aiohttp.ClientConnectorDNSError)
        assert _named(error, sent=False) == ("system.dns", ErrorCode.NETWORK_ERROR, True)

    def test_an_address_that_is_none(self) -> None:
        found = asyncio.run(_failure("http:///path", PATIENT))

        assert _seen(found) == ("system.address", ErrorCode.INVALID_REQUEST, True)


class TestAfterTheRequestWasSent:
    def test_a_connection_reset(self) -> None:
        def behave(connection: socket.socket) -> None:
            _read_request(connection)
            _reset(connection)

        assert _seen(_call(behave)) == ("system.no_answer", ErrorCode.NETWORK_TIMEOUT, False)

    def test_a_connection_closed_without_a_word(self) -> None:
        assert _seen(_call(_read_request)) == ("system.no_answer", ErrorCode.NETWORK_TIMEOUT, False)

    def test_an_answer_that_never_comes(self) -> None:
        found = _call(_until_closed, limit=IMPATIENT)

        assert _seen(found) == ("system.timeout", ErrorCode.NETWORK_TIMEOUT, False)

    def test_an_answer_that_is_no_http(self) -> None:
        found = _call(_answer(b"what?\r\n\r\n"))

        assert _seen(found) == ("system.no_answer", ErrorCode.NETWORK_TIMEOUT, False)

    def test_an_answer_that_breaks_off(self) -> None:
        found = _call(_answer(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"))

        assert _seen(found) == ("system.broken_answer", ErrorCode.NETWORK_TIMEOUT, False)

    def test_an_answer_that_does_not_unpack(self) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n"

        found = _call(_answer(head + b"nope"))

        assert _seen(found) == ("system.broken_answer", ErrorCode.NETWORK_TIMEOUT, False)

    @pytest.mark.parametrize(
        "read",
        [b"\xff".decode, lambda: json.loads("{"), lambda: zlib.decompress(b"x")],
        ids=["not text", "not JSON", "not packed"],
    )
    def test_an_answer_that_cannot_be_read(self, read: Callable[[], object]) -> None:
        with pytest.raises((ValueError, zlib.error)) as unreadable:
            read()

        assert _named(unreadable.value, sent=True) == (
            "system.broken_answer",
            ErrorCode.NETWORK_TIMEOUT,
            False,
        )

    def test_an_answer_of_another_type(self) -> None:
        with _server(
            _answer(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 0\r\n\r\n")
        ) as port:
            error = asyncio.run(_wrong_type(port))

        assert _named(error, sent=True) == ("system.broken_answer", ErrorCode.NETWORK_TIMEOUT, False)


class TestOurOwn:
    @pytest.mark.parametrize("sent", [True, False])
    def test_a_mistake_of_ours_proves_nothing_once_the_request_was_sent(self, *, sent: bool) -> None:
        assert _named(KeyError("id"), sent=sent) == ("system.exception", ErrorCode.INTERNAL_ERROR, not sent)

    def test_a_missing_file_is_no_network(self) -> None:
        with pytest.raises(FileNotFoundError) as missing:
            Path("/nowhere/at/all").read_bytes()

        assert _named(missing.value, sent=False) == ("system.exception", ErrorCode.INTERNAL_ERROR, True)

    def test_text_that_we_cannot_encode_is_our_mistake(self) -> None:
        with pytest.raises(UnicodeEncodeError) as unsayable:
            "\ud800".encode()

        assert _named(unsayable.value, sent=False)[1] == ErrorCode.INTERNAL_ERROR

    def test_an_exception_whose_text_fails_is_named_all_the_same(self) -> None:
        class Mute(Exception):
            def __str__(self) -> str:
                raise ValueError

        assert _named(Mute(), sent=False)[0] == "system.exception"

    def test_secrets_in_a_text_are_hidden(self) -> None:
        found = classify_system_error(RuntimeError("Bearer abc.def"), request_sent=False)

        assert "abc.def" not in found.evidence["text"]


CASES: list[tuple[BaseException, bool, str]] = [
    (ssl.SSLCertVerificationError(), False, "system.certificate"),
    (aiohttp.InvalidURL("x"), False, "system.address"),
    (TimeoutError(), True, "system.timeout"),
    (aiohttp.ClientPayloadError(), True, "system.broken_answer"),
    (asyncio.IncompleteReadError(b"", 1), True, "system.broken_answer"),
    (aiohttp.ServerDisconnectedError(), True, "system.no_answer"),
    (asyncio.CancelledError(), True, "system.no_answer"),
    (ssl.SSLEOFError(), True, "system.no_answer"),
    (OSError(113, "No route to host"), True, "system.no_answer.unreachable"),
    (socket.gaierror(), False, "system.dns"),
    (TimeoutError(), False, "system.timeout.not_sent"),
    (ssl.SSLZeroReturnError(), False, "system.handshake"),
    (ConnectionRefusedError(), False, "system.refused"),
    (OSError(101, "Network is unreachable"), False, "system.unreachable"),
    (ConnectionResetError(), False, "system.reset"),
    (aiohttp.ServerDisconnectedError(), False, "system.not_reached"),
    (RuntimeError(), False, "system.exception"),
    (OSError(28, "No space left on device"), True, "system.exception"),
]


@pytest.mark.parametrize(("error", "sent", "rule"), CASES)
def test_the_exception_gets_its_rule(error: BaseException, sent: bool, rule: str) -> None:
    assert classify_system_error(error, request_sent=sent).rule_id == rule


def test_every_rule_has_a_case() -> None:
    assert {rule for _, _, rule in CASES} == {rule.id for rule in RULES}


def test_every_rule_has_a_name_of_its_own_and_a_source() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
    assert all(rule.source for rule in RULES)


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """A server's side of TLS with a certificate that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def _until_closed(connection: socket.socket) -> None:
    """Read, say nothing, and leave when the other side does."""
    while connection.recv(65536):
        pass


class _NoNames(aiohttp.abc.AbstractResolver):
    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[aiohttp.abc.ResolveResult]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    async def close(self) -> None:
        pass


async def _unresolved() -> BaseException:
    connector = aiohttp.TCPConnector(resolver=_NoNames())
    async with aiohttp.ClientSession(connector=connector) as session:
        with pytest.raises(aiohttp.ClientError) as failed:
            await session.get("http://nobody.example/")
    return failed.value


async def _wrong_type(port: int) -> BaseException:
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/") as response:
        with pytest.raises(aiohttp.ContentTypeError) as failed:
            await response.json()
    return failed.value
