"""Where PostgreSQL is."""

from urllib.parse import parse_qsl, unquote, urlsplit

from config.env import env


def from_url(url: str) -> dict[str, object]:
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
        "OPTIONS": {**options, "options": "-c idle_in_transaction_session_timeout=60000 -c jit=off"},
    }


DATABASES = {"default": from_url(env.text("DATABASE_URL"))}
USE_TZ = True
TIME_ZONE = "UTC"
