"""What a location can do. With a link the post carries our marker; without one it is known by text and time."""

from datetime import timedelta

from apps.connections.connectors.interface import Capability, Verify

SCOPES = ("https://www.googleapis.com/auth/business.manage", "openid", "email")
LISTING_SCOPES = SCOPES[:1]  # without them it does not say which accounts there are
# How late the listing may show a post: seen within seconds; a wrong "it is not there" would post twice.
_LAG = timedelta(minutes=15)
_REVIEW = timedelta(hours=24)


def _able(*, media_max: int = 0, media_min: int = 0, needs: tuple[str, ...] = ()) -> Capability:
    return Capability(
        text_limit=1500,
        verify=Verify.BY_MARKER,
        max_lag=_LAG,
        longest_processing=_REVIEW,
        scopes=SCOPES[:1],
        deletes=True,
        media_min=media_min,
        media_max=media_max,
        media_types=("image/jpeg", "image/png"),
        max_bytes=5 * 1024 * 1024,
        needs=needs,
    )


CAPABILITIES = {
    ("location", "update"): _able(),
    ("location", "image"): _able(media_min=1, media_max=1),
    ("location", "event"): _able(media_max=1, needs=("event",)),
    ("location", "offer"): _able(media_max=1, needs=("event", "offer")),  # an offer's time is an event
}
