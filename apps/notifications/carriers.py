"""How a message leaves: one function a kind of channel, all with the same two arguments, and failures with a name."""

import smtplib
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from apps.core.egress import lookup, urls
from apps.core.egress.urls import UrlRefused
from apps.errors.classification import Classification, Confidence
from apps.errors.codes import ErrorCode
from apps.errors.redact import redact
from apps.errors.system import classify_system_error
from apps.notifications.choices import ChannelKind
from apps.notifications.letter import Letter
from apps.notifications.rooms import RoomUnknown, service_of

PLATFORM = "notification"
_PERMANENT = 500  # SMTP's own border between "later" and "never"


@dataclass(frozen=True, slots=True)
class Message:
    """What is carried, and the name under which it may be carried twice without being read twice."""

    id: str
    letter: Letter


class NotTaken(Exception):
    """The other side did not take the message."""

    def __init__(self, found: Classification, *, sent: bool = False) -> None:
        super().__init__(found.code)
        self.found = found
        self.sent = sent  # nobody knows whether it arrived


def by_email(address: str, message: Message) -> None:
    """Send a mail. :raises NotTaken: with the mail server's own reason."""
    letter = message.letter
    mail = EmailMultiAlternatives(
        letter.subject, letter.text, None, [address], headers={"Message-ID": _message_id(message)}
    )
    mail.attach_alternative(letter.html, "text/html")
    try:
        mail.send()
    except smtplib.SMTPRecipientsRefused as refused:
        code, words = next(iter(refused.recipients.values()))
        raise NotTaken(_answered(code, words)) from None
    except smtplib.SMTPResponseException as refused:
        raise NotTaken(_answered(refused.smtp_code, refused.smtp_error)) from None
    except smtplib.SMTPServerDisconnected as cut:
        raise NotTaken(
            classify_system_error(ConnectionError(str(cut)), request_sent=True), sent=True
        ) from None
    except OSError as error:  # also TimeoutError: during the sending nobody can tell, so it is sent again
        raise NotTaken(classify_system_error(error, request_sent=False)) from None


def by_apprise(address: str, message: Message) -> None:
    """Send to a chat room. :raises NotTaken: when the service does not take it."""
    room = chat_room(address)
    if room is None:
        raise NotTaken(
            _named(ErrorCode.INVALID_REQUEST, "system.chat.address", "The address is of no known service.")
        )
    _look_where_it_leads(address)
    letter = message.letter
    if not room.notify(body=letter.text, title=letter.subject, body_format="text"):
        # The library says yes or no, never why: it is tried again, and dead-lettered when that does not help.
        raise NotTaken(
            _named(ErrorCode.PARTNER_UNAVAILABLE, "system.chat.refused", "The chat did not take it.")
        )


def _look_where_it_leads(address: str) -> None:
    """A tenant names a service's room, and its name must not lead inside. What operations name may lead anywhere."""
    try:
        service_of(address)
        lookup.reach(urls.read(address))
    except RoomUnknown:
        return
    except UrlRefused as refused:  # nothing was sent; by the next try it may lead to where it led before
        raise NotTaken(_named(ErrorCode.NETWORK_ERROR, "system.egress", refused.detail)) from None


def chat_room(address: str) -> Any:
    """Return what speaks to the room, or None when the library does not know such an address."""
    # Half a second and 40 MB that only a process pays that really needs it.
    from apprise import Apprise, AppriseAsset  # noqa: PLC0415

    # Neither redirects nor templates: an address may lead to its own service only, and to no file of ours.
    asset = AppriseAsset(
        app_id="Reknit", app_url=settings.PUBLIC_URL, http_redirects=False, allow_templates=False
    )
    room = Apprise(asset=asset)
    return room if room.add(address) else None


CARRIERS: dict[str, Callable[[str, Message], None]] = {
    ChannelKind.EMAIL: by_email,
    ChannelKind.APPRISE: by_apprise,
}


def _message_id(message: Message) -> str:
    """The same for every try: mail programs show a message that comes twice once."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    return f"<{message.id}@{domain}>"


def _answered(code: int, words: bytes | str) -> Classification:
    text = words.decode(errors="replace") if isinstance(words, bytes) else words
    if code >= _PERMANENT and code not in _OURS:
        return _named(ErrorCode.RESOURCE_NOT_FOUND, "system.mail.refused", text, partner_code=str(code))
    return _named(ErrorCode.PARTNER_UNAVAILABLE, "system.mail.later", text, partner_code=str(code))


# Our own sign-in at the mail server: heals when operations mend it, and says nothing of the address.
_OURS = frozenset({530, 534, 535, 538})


def _named(code: ErrorCode, rule: str, words: str, *, partner_code: str = "") -> Classification:
    return Classification(
        code=code,
        platform=PLATFORM,
        rule_id=rule,
        confidence=Confidence.EXACT,
        partner_code=partner_code,
        partner_message=redact(words)[:300],
    )
