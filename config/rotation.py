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
    """How many secrets are under the first key now, and which cannot be read with any."""

    anew: int = 0
    unreadable: int = 0


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
    return done


def _rotate(place: Place, done: Rotated) -> None:
    secrets = place.rows.exclude(**{place.field: ""})
    old = secrets.exclude(**{f"{place.field}__startswith": f"{ring().first}."})
    for key, secret in old.values_list("pk", place.field).iterator(chunk_size=BATCH):
        try:
            fresh = _anew(secret, context=f"{key}:{place.word}")
        except CannotDecrypt:
            done.unreadable += 1
            continue
        # Whoever wrote another secret meanwhile, wrote it under the first key.
        done.anew += place.rows.filter(pk=key, **{place.field: secret}).update(**{place.field: fresh})


def _anew(secret: str, *, context: str) -> str:
    return ring().encrypt(ring().decrypt(secret, context=context), context=context)
