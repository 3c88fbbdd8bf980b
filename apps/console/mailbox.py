"""The test mailbox: what a demo or a developer's house would have sent, read from the folder where it is kept."""

from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase

from apps.console.page import needs, show

MOST = 100
_BETWEEN = b"\n" + b"-" * 79 + b"\n"  # how Django's backend ends a mail in its file


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail, as a person reads it."""

    sent: str
    to: str
    subject: str
    text: str


@needs("notifications.view_notice")
def show_mailbox(request: HttpRequest) -> HttpResponseBase:
    """Show the newest mails; only where mails go to a folder, which production refuses."""
    if not settings.EMAIL_FOLDER:
        raise Http404
    mails = list(_newest(Path(settings.EMAIL_FOLDER)))[:MOST]
    return show(request, "console/mailbox.html", "Test mailbox", {"mails": mails})


def _newest(folder: Path) -> Iterator[Mail]:
    files = sorted(folder.glob("*.log"), key=lambda one: one.stat().st_mtime_ns)
    for file in reversed(files[-MOST:]):
        for raw in reversed(file.read_bytes().split(_BETWEEN)):
            if raw.strip():
                yield _read(raw)


def _read(raw: bytes) -> Mail:
    message = message_from_bytes(raw, policy=policy.default)
    body = message.get_body(("plain",)) if isinstance(message, EmailMessage) else None
    return Mail(
        sent=str(message["Date"] or ""),
        to=str(message["To"] or ""),
        subject=str(message["Subject"] or ""),
        text=str(body.get_content()) if body else "",
    )
