"""What a creator can post. The publish id, kept before an upload begins, proves what became of it."""

from dataclasses import replace
from datetime import timedelta

from apps.connections.connectors.capability import AccountType, Capability, MediaLimits, Verify
from apps.connections.connectors.text import UTF16

PERMISSIONS = {
    "user.info.basic": "see your name and picture",
    "video.publish": "post on your account",
    "video.list": "see your public posts",
}
SCOPES = tuple(PERMISSIONS)
LISTING_SCOPES = ("user.info.basic",)  # without them it does not say which accounts there are
_MB = 1024 * 1024

ACCOUNT_TYPES = {
    "creator": AccountType(
        name="a TikTok account",
        who="every account; while our app is not audited, private ones only and at most five that post in 24 hours",
        scheduling="none",
        analytics="likes, comments, shares and views of public posts, with `video.list`; not used",
        rates="6 posts begun in a minute; about 15 posts in 24 hours, shared with all other apps of the creator",
    )
}

_FILM = MediaLimits(
    ("video/mp4",),
    max_bytes=4096 * _MB,
    least_sides=(360, 360),
    most_sides=(4096, 4096),
    durations=(0, 600),  # and no longer than creator_info allows the creator today
)
_PHOTO = MediaLimits(("image/jpeg",), max_bytes=20 * _MB, most_sides=(1080, 1920))
_BY_FILE = Capability(
    text_limit=2200,
    measure=UTF16,
    verify=Verify.BY_ID,
    longest_processing=timedelta(hours=4),
    scopes=("video.publish",),
    media_min=1,
    media_max=1,
    film=_FILM,
)
# What TikTok fetches is known by its id once it has answered. When that answer is lost, only the listing of public
# posts can tell, and a post shows there after its moderation: mostly within a minute, at times after hours.
_BY_PULL = replace(
    _BY_FILE,
    verify=Verify.BY_LIST,
    max_lag=timedelta(hours=1),
    scopes=("video.publish", "video.list"),
    shown_with=("privacy", "PUBLIC_TO_EVERYONE"),
)

CAPABILITIES = {
    ("creator", "video"): _BY_FILE,
    ("creator", "video_pull"): _BY_PULL,
    ("creator", "images"): replace(_BY_PULL, text_limit=4000, media_max=35, film=None, picture=_PHOTO),
}
