"""Where PostgreSQL is."""

from urllib.parse import parse_qsl, unquote, urlsplit

from config.env import env

# A pooler that hands out a server for each transaction refuses start-up options: there the role carries them, see
# docs/how-to/keep-it-small.md; `manage.py doctor` says when it does not.
SESSION = "-c idle_in_transaction_session_timeout=60000 -c jit=off"

# An engine worker's statements are prepared (apps.core.prepared): planned once, for any values, and run for hours. A plan
# that was made while the tables were small must not be one that reads them whole.
ENGINE = f"{SESSION} -c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_bitmapscan=off"


def _options(worker: str) -> dict[str, object]:
    if worker != "engine":
        return {"options": SESSION}
    # Django switches the driver's prepared statements off unless told otherwise; the ORM does not use them anyway.
    return {"options": ENGINE, "prepare_threshold": 5}


def from_url(url: str, *, pooled: bool = False, worker: str = "") -> dict[str, object]:
    """Return Django's database settings for a postgresql:// URL (a socket folder goes in ?host=), as a worker needs them."""
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
        # A thread of the web process keeps its connection: opening one took longer than accepting a post. It is looked
        # at before each request, and given back within a minute, so that no plan of it grows old (ADR 18).
        "CONN_MAX_AGE": 60 if worker == "web" else 0,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options if pooled else {**options, **_options(worker)},
        "DISABLE_SERVER_SIDE_CURSORS": pooled,
    }


# Behind a pooler that hands out a server for each transaction: see docs/how-to/keep-it-small.md.
DATABASE_POOLED = env.flag("REKNIT_DATABASE_POOLED")

# What this process is: `web`, or a worker of the sort `engine`, `control` or `bulk`.
WORKER = env.text("REKNIT_WORKER", "")

# PostgreSQL 15 or newer, as postgresql://user:password@host/name; a folder of sockets goes in ?host=.
DATABASES = {"default": from_url(env.text("DATABASE_URL"), pooled=DATABASE_POOLED, worker=WORKER)}
USE_TZ = True
TIME_ZONE = "UTC"
FORMAT_MODULE_PATH = ["config.formats"]
