"""Who takes what we send in tests: a mail server that says what it is told to say, a chat room, a webhook receiver."""

import json
import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar

Server = TypeVar("Server", bound=socketserver.BaseServer)
CUT = b""  # the line is cut after the message was taken


class MailServer(socketserver.ThreadingTCPServer):
    """Speaks as much SMTP as a client needs; `says` are the next answers to a whole message."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.says: list[bytes] = []
        self.refuses: set[str] = set()
        self.taken: list[EmailMessage] = []

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])


class _Session(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        server: Any = self.server
        self._say(b"220 ready")
        while line := self.rfile.readline().strip():
            word = line[:4].upper()
            if word == b"QUIT":
                self._say(b"221 bye")
                return
            if word == b"RCPT" and any(one.encode() in line for one in server.refuses):
                self._say(b"550 no such person")
            elif word == b"DATA":
                self._say(b"354 go on")
                server.taken.append(message_from_bytes(self._message(), policy=policy.default))
                answer = server.says.pop(0) if server.says else b"250 taken"
                if answer == CUT:
                    return
                self._say(answer)
            else:
                self._say(b"250 well")

    def _message(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line)
        return b"".join(lines)

    def _say(self, words: bytes) -> None:
        self.wfile.write(words + b"\r\n")


class Room(ThreadingHTTPServer):
    """A chat room: keeps what is said in it; `status` is what it answers."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Say)
        self.said: list[dict[str, Any]] = []
        self.status = 200

    @property
    def address(self) -> str:
        """Its address as the chat library writes it."""
        return f"json://127.0.0.1:{self.server_port}/room"


class _Say(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        room: Any = self.server
        room.said.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(room.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    """Let a server run for the length of a test."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@dataclass(frozen=True)
class Taken:
    """One request as it came."""

    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Say:
    """What a receiver answers; `wait` lets it be slow until the test says otherwise."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    wait: threading.Event | None = None


class Receiver(ThreadingHTTPServer):
    """Takes webhooks: `says` are the next answers, then `otherwise` for ever."""

    daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Take)
        self.taken: list[Taken] = []
        self.says: list[Say] = []
        self.otherwise = Say()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}/hooks"


class _Take(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        server: Any = self.server
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        server.taken.append(Taken(self.path, dict(self.headers), body))
        said = server.says.pop(0) if server.says else server.otherwise
        if said.wait:
            said.wait.wait(10)
        self.send_response(said.status)
        for name, value in said.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(said.body)))
        self.end_headers()
        self.wfile.write(said.body)

    def do_GET(self) -> None:
        self.do_POST()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""
