"""Where PostgreSQL is."""

from urllib.parse import parse_qsl, unquote, urlsplit

from config.env import env

# A pooler that hands out a server for each transaction refuses start-up options: there the role carries them, see
# docs/how-to/keep-it-small.md; `manage.py doctor` says when it does not.
SESSION = "-c idle_in_transaction_session_timeout=60000 -c jit=off"


def from_url(url: str, *, pooled: bool = False) -> dict[str, object]:
    """Return Django's database settings for a postgresql:// URL (a socket folder goes in ?host=)."""
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    host = options.pop("host", None) or parts.hostname or ""
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/") or "postgres",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "OPTIONS": options if pooled else {**options, "options": SESSION},
        "DISABLE_SERVER_SIDE_CURSORS": pooled,
    }


DATABASE_POOLED = env.flag("REKNIT_DATABASE_POOLED")
DATABASES = {"default": from_url(env.text("DATABASE_URL"), pooled=DATABASE_POOLED)}
USE_TZ = True
TIME_ZONE = "UTC"
