"""Which reader understands whom: from a partner's body shapes to one Reading."""

from collections.abc import Callable, Mapping
from typing import Any

from apps.errors.reading import google, http, linkedin, mailchimp, meta, oauth, tiktok
from apps.errors.reading.answer import Reading, lower_headers, parse, retry_after, text_of

_READERS: dict[str, Callable[[Reading, Any, Mapping[str, str]], None]] = {
    "meta": meta.read,
    "linkedin": linkedin.read,
    "tiktok": tiktok.read,
    "gbp": google.read,
    "google_api": google.read,
    "mailchimp": mailchimp.read,
    "oauth": oauth.read,
    "http": http.read,
}


def read(platform: str, status: int, body: object, headers: object) -> Reading:
    """Return what the partner said; an unknown platform is read like plain HTTP."""
    names = lower_headers(headers)
    data, text = parse(body)
    reading = Reading(status=status, retry_after=retry_after(names))
    reading.html = text.lstrip()[:15].lower().startswith(("<!doctype", "<html"))
    if not isinstance(data, (dict, list)):
        reading.message = text_of(data) or text[:2000]
    _READERS.get(platform, http.read)(reading, data, names)
    return reading
