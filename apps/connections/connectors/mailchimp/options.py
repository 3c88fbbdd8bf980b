"""What a campaign needs beyond its text."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.connections.connectors.interface import OptionsInvalid

LONGEST_SUBJECT = 150
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True, slots=True)
class MailchimpOptions:
    """Subject, sender's name and the address that answers go to."""

    subject: str
    from_name: str
    reply_to: str
    preview: str = ""
    version: int = 1


def parse(raw: Mapping[str, Any]) -> MailchimpOptions:
    """
    Read the options of a request.

    :raises OptionsInvalid: naming the field and what it needs.
    """
    if unknown := sorted(set(raw) - {"subject", "from_name", "reply_to", "preview", "version"}):
        raise OptionsInvalid(unknown[0], "E-mail campaigns have no such option.")
    subject, sender = (
        _text(raw, "subject", "A campaign needs a subject."),
        _text(raw, "from_name", "A campaign needs a sender's name."),
    )
    reply_to = _text(raw, "reply_to", "A campaign needs an address for answers.")
    if len(subject) > LONGEST_SUBJECT:
        raise OptionsInvalid(
            "subject",
            f"The subject takes {LONGEST_SUBJECT} characters. Shorten it by {len(subject) - LONGEST_SUBJECT}.",
        )
    if not _ADDRESS.fullmatch(reply_to):
        raise OptionsInvalid("reply_to", "This is no e-mail address.")
    return MailchimpOptions(subject, sender, reply_to, str(raw.get("preview", "")))


def _text(raw: Mapping[str, Any], name: str, missing: str) -> str:
    value = raw.get(name)
    if not isinstance(value, str) or not value.strip():
        raise OptionsInvalid(name, missing)
    return value.strip()
