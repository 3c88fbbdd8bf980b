"""Encrypts anew what an older key of the ring encrypted, so that the older key can be taken out."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from apps.connections.models import Credential, EgressRoute, SignIn
from apps.core.crypto import CannotDecrypt, ring
from apps.notifications.models import Channel
from apps.webhooks.models import Endpoint

BATCH = 500


@dataclass(frozen=True, slots=True)
class Place:
    """One column of secrets, and the word that binds them to it."""

    rows: QuerySet[Any]
    field: str
    word: str


@dataclass(slots=True)
class Rotated:
    """How many secrets came under the first key, cannot be read with any, and were written under another meanwhile."""

    anew: int = 0
    unreadable: int = 0
    left: int = 0


def places() -> Iterator[Place]:
    """Yield every column that holds secrets."""
    yield Place(Credential.objects.all(), "access", "access")
    yield Place(Credential.objects.all(), "refresh", "refresh")
    yield Place(SignIn.objects.across_tenants(), "brought", "brought")
    yield Place(EgressRoute.objects.across_tenants(), "tokens", "tokens")
    yield Place(Channel.objects.across_tenants(), "target", "target")
    yield Place(Endpoint.objects.across_tenants(), "secret", "secret")
    yield Place(Endpoint.objects.across_tenants(), "previous_secret", "secret")


def rotate() -> Rotated:
    """Encrypt under the first key what is not; safe to run at any time, also twice at once."""
    done = Rotated()
    for place in places():
        _rotate(place, done)
    done.left = sum(_old(place).count() for place in places()) - done.unreadable
    return done


def _old(place: Place) -> QuerySet[Any]:
    secrets = place.rows.exclude(**{place.field: ""})
    return secrets.exclude(**{f"{place.field}__startswith": f"{ring().first}."})


def _rotate(place: Place, done: Rotated) -> None:
    for key, secret in _old(place).values_list("pk", place.field).iterator(chunk_size=BATCH):
        try:
            fresh = _anew(secret, context=f"{key}:{place.word}")
        except CannotDecrypt:
            done.unreadable += 1
            continue
        # Another secret that somebody wrote meanwhile stays: it is under the first key, or counted as left.
        done.anew += place.rows.filter(pk=key, **{place.field: secret}).update(**{place.field: fresh})


def _anew(secret: str, *, context: str) -> str:
    return ring().encrypt(ring().decrypt(secret, context=context), context=context)
