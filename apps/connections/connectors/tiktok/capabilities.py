"""What a creator can post. The publish id, kept before an upload begins, proves what became of it."""

from dataclasses import replace
from datetime import timedelta

from apps.connections.connectors.interface import Capability, Verify

SCOPES = ("user.info.basic", "video.publish", "video.list")
LISTING_SCOPES = ("user.info.basic",)  # without them it does not say which accounts there are
_MB = 1024 * 1024
_BY_FILE = Capability(
    text_limit=2200,
    verify=Verify.BY_ID,
    longest_processing=timedelta(hours=4),
    scopes=("video.publish",),
    media_min=1,
    media_max=1,
    media_types=("video/mp4",),
    max_bytes=4096 * _MB,
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
    ("creator", "images"): replace(
        _BY_PULL, text_limit=4000, media_max=35, media_types=("image/jpeg",), max_bytes=20 * _MB
    ),
}
