"""How e-mail leaves the house: by a server, into a folder (demo), or printed where the process runs."""

import re

from django.core.exceptions import ImproperlyConfigured

from config.env import env

_IMPLICIT_TLS = 465


def _host(name: str) -> str:
    """Return a bare host name. :raises ImproperlyConfigured: for an address that holds more than that."""
    given = env.text(name, "").strip()
    if re.fullmatch(r"[A-Za-z0-9.-]*|\[[0-9A-Fa-f:.]+\]", given):
        return given
    raise ImproperlyConfigured(
        f"{name} is {given!r}; say the mail server's name only, such as mail.example.com. Its port goes into"
        " REKNIT_EMAIL_PORT, the sign-in into REKNIT_EMAIL_USER and REKNIT_EMAIL_PASSWORD."
    )


def _sender(name: str, default: str) -> str:
    """Return whom mails come from. :raises ImproperlyConfigured: when there is no address in it."""
    given = env.text(name, default).strip()
    if re.fullmatch(r"[^@<>\s]+@[^@<>\s]+|[^<>\r\n]*<[^@<>\s]+@[^@<>\s]+>", given):
        return given
    raise ImproperlyConfigured(
        f"{name} is {given!r}; say an address such as reknit@example.com or Reknit <reknit@example.com>."
    )


# The mail server, and how we sign in there; without one mails are printed.
EMAIL_HOST = _host("REKNIT_EMAIL_HOST")
EMAIL_PORT = int(env.number("REKNIT_EMAIL_PORT", 587, least=1, most=65535))
EMAIL_HOST_USER = env.text("REKNIT_EMAIL_USER", "")
EMAIL_HOST_PASSWORD = env.text("REKNIT_EMAIL_PASSWORD", "")
# Port 465 speaks TLS from the first byte, the others begin it.
EMAIL_USE_SSL = env.flag("REKNIT_EMAIL_TLS", default=True) and EMAIL_PORT == _IMPLICIT_TLS
EMAIL_USE_TLS = env.flag("REKNIT_EMAIL_TLS", default=True) and not EMAIL_USE_SSL
EMAIL_TIMEOUT = 10  # seconds
# Keeps mails as files instead of sending them; the console shows them as the test mailbox. Production refuses it.
EMAIL_FOLDER = EMAIL_FILE_PATH = env.text("REKNIT_EMAIL_FOLDER", "") or None
_BACKEND = "filebased" if EMAIL_FOLDER else "smtp" if EMAIL_HOST else "console"
EMAIL_BACKEND = f"django.core.mail.backends.{_BACKEND}.EmailBackend"

# Whom mails come from.
DEFAULT_FROM_EMAIL = _sender("REKNIT_EMAIL_FROM", "reknit@localhost")
