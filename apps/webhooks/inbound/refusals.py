"""What came without proof is counted, and nothing of it is kept."""

import json
from collections.abc import Mapping
from datetime import datetime

from apps.core.prepared import ask

_LONGEST = 120
_COUNT = """
INSERT INTO webhooks_refusal (receiver, why, hour, count, last_at, sample)
VALUES (%(receiver)s, %(why)s, date_trunc('hour', %(at)s::timestamptz, 'UTC'), 1, %(at)s, %(sample)s)
ON CONFLICT (receiver, why, hour) DO UPDATE SET count = webhooks_refusal.count + 1, last_at = excluded.last_at
"""


def count(receiver: str, why: str, *, sample: Mapping[str, str], at: datetime) -> None:
    """Count one; the first of its hour says where such things come from."""
    clean = {name: text[:_LONGEST].encode("ascii", "replace").decode() for name, text in sample.items()}
    ask(
        _COUNT,
        {"receiver": receiver, "why": why, "at": at, "sample": json.dumps(clean).replace("\\u0000", "")},
    )
