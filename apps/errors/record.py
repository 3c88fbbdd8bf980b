"""Remembers what partners answered: the ring of samples, and unknown answers by fingerprint."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Max

from apps.errors.classification import Classification
from apps.errors.codes import ErrorCode
from apps.errors.models import Sample
from apps.errors.outcome import Said

RING = 10_000

_COUNT = """
INSERT INTO errors_unclassified (platform, fingerprint, status, message, body, count, first_seen, last_seen)
VALUES (%s, %s, %s, %s, %s, 1, %s, %s)
ON CONFLICT (platform, fingerprint) DO UPDATE
SET count = errors_unclassified.count + 1, last_seen = excluded.last_seen, body = excluded.body
"""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A failure with what the partner said."""

    found: Classification
    said: Said
    operation: str


def record(failures: Sequence[Recorded], *, at: datetime) -> None:
    """Remember failures, in the transaction that settles them."""
    Sample.objects.bulk_create([_sample(one, at) for one in failures])
    unknown = sorted(
        (one for one in failures if one.found.code is ErrorCode.UNKNOWN),
        key=lambda one: (one.found.platform, one.found.fingerprint),  # always in this order: nobody deadlocks
    )
    with connection.cursor() as cursor:
        for one in unknown:
            found, said = one.found, one.said
            cursor.execute(
                _COUNT,
                [found.platform, found.fingerprint, said.status, found.partner_message, said.body, at, at],
            )


def trim() -> int:
    """Delete the samples that have left the ring; returns how many."""
    newest = Sample.objects.aggregate(newest=Max("id"))["newest"] or 0
    return Sample.objects.filter(id__lte=newest - RING).delete()[0]


def _sample(one: Recorded, at: datetime) -> Sample:
    return Sample(
        at=at,
        platform=one.found.platform,
        operation=one.operation,
        status=one.said.status,
        headers=dict(one.said.headers),
        body=one.said.body,
        code=one.found.code.value,
        rule=one.found.rule_id,
        fingerprint=one.found.fingerprint,
    )
