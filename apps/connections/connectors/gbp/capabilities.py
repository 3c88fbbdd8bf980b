"""What a location can do. With a link the post carries our marker; without one it is known by text and time."""

from datetime import timedelta

from apps.connections.connectors.capability import AccountType, Capability, MediaLimits, Verify

PERMISSIONS = {
    "https://www.googleapis.com/auth/business.manage": "manage your Business Profile",
    "openid": "know who signs in",
    "email": "see your e-mail address",
}
SCOPES = tuple(PERMISSIONS)
LISTING_SCOPES = SCOPES[:1]  # without them it does not say which accounts there are
# How late the listing may show a post: seen within seconds; a wrong "it is not there" would post twice.
_LAG = timedelta(minutes=15)
_REVIEW = timedelta(hours=24)

ACCOUNT_TYPES = {
    "location": AccountType(
        name="a Google Business Profile location",
        who="locations of which Google says `canOperateLocalPost`",
        scheduling="none",
        analytics="for the whole location, in an API of its own; not used",
        rates="10 edits a minute for a location; 300 calls a minute for the app, shared by all tenants",
    )
}


def _able(*, media_max: int = 0, media_min: int = 0, needs: tuple[str, ...] = ()) -> Capability:
    return Capability(
        text_limit=1500,
        verify=Verify.BY_MARKER,
        link=True,
        max_lag=_LAG,
        longest_processing=_REVIEW,
        scopes=SCOPES[:1],
        deletes=True,
        media_min=media_min,
        media_max=media_max,
        picture=MediaLimits(("image/jpeg", "image/png"), max_bytes=5 * 1024 * 1024) if media_max else None,
        needs=needs,
    )


CAPABILITIES = {
    ("location", "update"): _able(),
    ("location", "image"): _able(media_min=1, media_max=1),
    ("location", "event"): _able(media_max=1, needs=("event",)),
    ("location", "offer"): _able(media_max=1, needs=("event", "offer")),  # an offer's time is an event
}
