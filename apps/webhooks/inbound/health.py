"""What is wrong with taking webhooks in, in words for operators."""

from datetime import datetime, timedelta

from django.conf import settings

from apps.core import ids
from apps.webhooks.inbound import keys
from apps.webhooks.models import Intake, SigningKeys

LATE = timedelta(minutes=1)
STALE = timedelta(hours=6)
_PUBSUB = ("GBP_PUBSUB_AUDIENCE", "GBP_PUBSUB_EMAIL", "GBP_PUBSUB_SUBSCRIPTION")


def troubles(*, at: datetime, real_at: datetime) -> list[str]:
    """Return what somebody should mend, and how; nothing when all is well."""
    found = [*_settings(), *_keys(at)]
    if Intake.objects.filter(state="new", id__lt=ids.floor(real_at - LATE)).exists():
        found.append("Webhooks have waited for a minute to be read. Start `worker-control`.")
    return found


def _settings() -> list[str]:
    ours = settings.PARTNER_CREDENTIALS
    found = []
    if ours["META_CLIENT_ID"] and not ours["META_VERIFY_TOKEN"]:
        found.append("REKNIT_META_VERIFY_TOKEN is not set; Meta's webhooks cannot be subscribed to.")
    missing = [f"REKNIT_{name}" for name in _PUBSUB if not ours[name]]
    if missing and len(missing) < len(_PUBSUB):
        found.append(f"Pub/Sub pushes are refused until these are set, too: {', '.join(missing)}.")
    return found


def _keys(at: datetime) -> list[str]:
    """The first fetch is due within seconds of the worker's start: keys that were never asked for are no trouble."""
    rows = SigningKeys.objects.filter(name__in=keys.wanted())
    return [
        f"Google's keys ({row.name}) were not fetched for hours: {row.trouble or 'nobody tried'}. Let worker-control reach them."
        for row in rows
        if row.fetched_at is None or row.fetched_at < at - STALE
    ]
