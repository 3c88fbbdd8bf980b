"""The keys that Google signs with: the control worker fetches them, a request only looks them up."""

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import jwt
from django.conf import settings
from django.db.models import Q
from jwt.exceptions import PyJWTError

from apps.connections.connectors.interface import Answer, Request
from apps.connections.partner import secrets_of
from apps.connections.wire import HttpWire, WireFailed, open_session
from apps.core import clock
from apps.webhooks.models import SigningKeys

logger = logging.getLogger(__name__)
CERTS, RISC = "google_certs", "google_risc"
# A new key is published long before it signs, and what names one that we lack is answered 503 and comes again.
FRESH_FOR = timedelta(minutes=10)
TRY_EVERY = timedelta(seconds=30)
LOOKED_UP_FOR = 5.0  # seconds; then the process reads the row again
TIME_LIMIT = 2.0  # seconds a call; what partners told us waits meanwhile, and must not wait for five


@dataclass(frozen=True, slots=True)
class Known:
    """The keys that count now, by their ids, and who signs with them."""

    issuer: str = ""
    by_id: Mapping[str, jwt.PyJWK] = field(default_factory=dict)


_known: dict[str, tuple[float, Known]] = {}


def named(name: str) -> Known:
    """Return the keys of this name, as fresh as the database within seconds; none when none were fetched."""
    read_at, known = _known.get(name, (float("-inf"), Known()))
    if time.monotonic() - read_at > LOOKED_UP_FOR:
        row = SigningKeys.objects.filter(name=name).first()
        known = Known(row.issuer, _parsed(row.keys)) if row else Known()
        _known[name] = (time.monotonic(), known)
    return known


def forget() -> None:
    """Read the rows again at the next question."""
    _known.clear()


def fetch_due() -> None:
    """Fetch what was fetched long ago; what fails is tried again soon, and the old keys count meanwhile."""
    at = clock.now()
    for name in wanted():
        SigningKeys.objects.get_or_create(name=name)
        due = Q(fetched_at=None) | Q(fetched_at__lte=at - FRESH_FOR)
        rested = Q(tried_at=None) | Q(tried_at__lte=at - TRY_EVERY)
        if SigningKeys.objects.filter(due, rested, name=name).update(tried_at=at):
            _fetch(name, at)


def wanted() -> list[str]:
    """Nobody is asked for the keys of webhooks that are not set up."""
    wanted = {CERTS: secrets_of("GBP_PUBSUB_AUDIENCE"), RISC: secrets_of("GBP_CLIENT_ID")}
    return [name for name, ours in wanted.items() if ours]


def _fetch(name: str, at: datetime) -> None:
    try:
        issuer, keys = asyncio.run(_ask(name))
    except (WireFailed, ValueError) as error:
        logger.warning("signing_keys.not_fetched", extra={"keys": name, "error": str(error)[:200]})
        SigningKeys.objects.filter(name=name).update(trouble=str(error)[:200])
        return
    SigningKeys.objects.filter(name=name).update(issuer=issuer, keys=keys, fetched_at=at, trouble="")


async def _ask(name: str) -> tuple[str, list[Any]]:
    """Return issuer and keys. :raises ValueError: when the answer has none that can be used."""
    urls = settings.PARTNER_URLS
    async with open_session(connections=2) as session:
        wire = HttpWire(session)
        if name == CERTS:
            return "", _keys(await wire.send(_get(urls["GOOGLE_CERTS_URL"])))
        about = await wire.send(_get(urls["GBP_RISC_CONFIG_URL"]))
        issuer, place = about.value("issuer"), about.value("jwks_uri")
        if not about.ok or not isinstance(issuer, str) or not isinstance(place, str):
            raise ValueError(f"The configuration was answered {about.status} without issuer and keys.")
        return issuer, _keys(await wire.send(_get(place)))


def _get(url: str) -> Request:
    return Request("GET", url, writes=False, budget="read", time_limit=TIME_LIMIT)


def _keys(answer: Answer) -> list[Any]:
    rows = answer.value("keys")
    if not answer.ok or not isinstance(rows, list) or not _parsed(rows):
        raise ValueError(f"The keys were answered {answer.status} without one that we can use.")
    return rows


def _parsed(rows: list[Any]) -> dict[str, jwt.PyJWK]:
    """Return the keys for RS256; others are none of ours."""
    found: dict[str, jwt.PyJWK] = {}
    for row in rows:
        if isinstance(row, dict) and row.get("kty") == "RSA" and isinstance(row.get("kid"), str):
            try:
                found[row["kid"]] = jwt.PyJWK(row, algorithm="RS256")
            except PyJWTError:
                logger.warning("signing_keys.unreadable", extra={"kid": row["kid"][:60]})
    return found
