"""Looks at everything that a deployment needs, and says what to do about what is missing."""

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.request import Request, urlopen

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from kombu import Connection as Broker
from kombu.exceptions import KombuError, OperationalError

from apps.core import clock
from apps.core.crypto import CannotDecrypt, decrypt, encrypt
from apps.jobs import liveness
from apps.notifications.queries import ways_to_operations_across_tenants
from apps.webhooks.inbound import health as webhooks
from config.production import refuse_what_is_unsafe

OLDEST_POSTGRES = 150000
MOST_SKEW = 5.0  # seconds
LEAST_DISK = 1024**3  # bytes
PATIENCE = 5  # seconds
PLATFORMS = ("META", "LINKEDIN", "TIKTOK", "GBP", "MAILCHIMP")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    name: str
    well: bool
    words: str  # what is so, and for what is not well: what to do


def examine() -> Iterator[Finding]:
    """Yield the findings in the order in which they matter; what cannot be looked at counts as not well."""
    for name, look in _LOOKS:
        try:
            trouble = look()
        except DatabaseError:
            trouble = "The database does not answer. Start PostgreSQL, or correct DATABASE_URL."
        yield Finding(name, not trouble, trouble or "well")


def _settings() -> str:
    try:
        refuse_what_is_unsafe({name: getattr(settings, name) for name in dir(settings) if name.isupper()})
    except ImproperlyConfigured as error:
        return f"{error} Then set REKNIT_ENV=production."
    return ""


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version_num')::int, current_setting('jit'),"
            " current_setting('idle_in_transaction_session_timeout')"
        )
        version, jit, idle = cursor.fetchone()
    if version < OLDEST_POSTGRES:
        return "PostgreSQL is older than 15. Upgrade it."
    if jit == "on" or idle == "0":
        return "Behind a pooler the role needs jit off and a limit for idle transactions. See docs/how-to/keep-it-small.md."
    return ""


def _migrations() -> str:
    executor = MigrationExecutor(connection)
    missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    return f"{missing} migrations are missing. Run `manage.py migrate`." if missing else ""


def _clock() -> str:
    skew = abs(clock.real_now().timestamp() - time.time())
    if skew < MOST_SKEW:
        return ""
    return f"This machine's clock is {skew:.0f} s away from the database's. Let both follow the same time server."


def _broker() -> str:
    try:
        with Broker(settings.CELERY_BROKER_URL, connect_timeout=3) as broker:
            broker.ensure_connection(max_retries=1, timeout=3)
    except (KombuError, OperationalError, OSError) as error:
        return f"The broker does not answer ({type(error).__name__}). Start Redis, or correct REDIS_URL. Jobs go on without it, more slowly."
    return ""


def _workers() -> str:
    return " ".join(liveness.SORTS[sort] for sort in liveness.missing())


def _beat() -> str:
    if not liveness.beat_is_late():
        return ""
    return "Nothing that beat sends was done for a minute. Start `beat` and `worker-control` of the Procfile. Jobs go on without them."


def _keys() -> str:
    try:
        return (
            ""
            if decrypt(encrypt("well", context="doctor"), context="doctor") == "well"
            else "Keys do not work."
        )
    except (CannotDecrypt, ImproperlyConfigured, IndexError, ValueError):
        return "Tokens cannot be encrypted. Set REKNIT_ENCRYPTION_KEYS to `id:base64 of 32 bytes`."


def _partners() -> str:
    known = settings.PARTNER_CREDENTIALS
    missing = [
        f"REKNIT_{one}_CLIENT_{part}"
        for one in PLATFORMS
        for part in ("ID", "SECRET")
        if not known[f"{one}_CLIENT_{part}"]
    ]
    return f"Nobody can connect there: {', '.join(missing)} not set." if missing else ""


def _address() -> str:
    if settings.PUBLIC_URL.startswith("https://"):
        return ""
    return f"REKNIT_PUBLIC_URL is {settings.PUBLIC_URL}; partners fetch pictures from it and send webhooks to it, over https."


def _reachable() -> str:
    """Ask ourselves by the address that partners know. A machine may not reach itself from outside: then the words say so."""
    try:
        request = Request(f"{settings.PUBLIC_URL}/healthz", headers={"User-Agent": "reknit-doctor"})  # noqa: S310 - our own setting
        with urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310
            if b'"ok"' in answer.read(200):
                return ""
        trouble = "somebody else answers there"
    except (OSError, ValueError) as error:
        trouble = str(getattr(error, "reason", error)) or type(error).__name__
    return (
        f"{settings.PUBLIC_URL}/healthz cannot be reached from this machine ({trouble}); partners' webhooks would not arrive."
        " Start web, and let name and proxy lead to it; if only this machine is kept out, ask from another."
    )


def _mail() -> str:
    if settings.EMAIL_HOST:
        return ""
    return "REKNIT_EMAIL_HOST is not set; invitations and password mails are printed instead of sent."


def _operations() -> str:
    if ways_to_operations_across_tenants().exists():
        return ""
    return (
        "Nobody is told of incidents. Add a channel of operations in the console, and send a test through it."
    )


def _webhooks() -> str:
    return " ".join(webhooks.troubles(at=clock.now(), real_at=clock.real_now()))


def _disk() -> str:
    free = shutil.disk_usage(".").free
    return "" if free > LEAST_DISK else f"Only {free // 1024**2} MB of disk are free here."


_LOOKS: tuple[tuple[str, Callable[[], str]], ...] = (
    ("settings", _settings),
    ("database", _database),
    ("migrations", _migrations),
    ("clock", _clock),
    ("encryption keys", _keys),
    ("broker", _broker),
    ("workers", _workers),
    ("beat", _beat),
    ("partner credentials", _partners),
    ("public address", _address),
    ("webhook reachability", _reachable),
    ("mail", _mail),
    ("operations", _operations),
    ("webhooks", _webhooks),
    ("disk", _disk),
)
