"""What Meta's accounts can do. Limits: Instagram's content publishing guide and the Pages API guide, November 2026."""

from dataclasses import replace
from datetime import timedelta

from apps.connections.connectors.capability import AccountType, Capability, MediaLimits, Verify

PERMISSIONS = {
    "pages_show_list": "see which Pages you manage",
    "pages_manage_posts": "post on your Page",
    "pages_read_engagement": "read the posts of your Page",
    "instagram_basic": "see your Instagram account and its posts",
    "instagram_content_publish": "post on your Instagram account",
}
SCOPES = tuple(PERMISSIONS)
LISTING_SCOPES = ("pages_show_list",)  # without them it does not say which accounts there are
_PAGE = ("pages_manage_posts", "pages_read_engagement")
_INSTAGRAM = ("instagram_basic", "instagram_content_publish")
# How late the listing may show a post: seen within seconds; a wrong "it is not there" would post twice.
_LAG = timedelta(minutes=15)
# A film may be processed for this long before it shows; afterwards a person must look.
_PROCESSING = timedelta(hours=1)
_MB = 1024 * 1024
_MP4 = ("video/mp4",)

ACCOUNT_TYPES = {
    "page": AccountType(
        name="a Facebook Page",
        who="Pages on which the person who connects may create content; profiles and groups cannot be posted to",
        scheduling="10 minutes to 30 days ahead (elsewhere: 6 months); not used",
        analytics="with `read_insights`; not asked for",
        rates="4,800 calls x engaged users in 24 hours; 30 reels in 24 hours; the app 200 calls x users in an hour",
    ),
    "instagram": AccountType(
        name="an Instagram account",
        who="professional accounts (business, creator) that are linked to a Page; personal ones cannot be posted to",
        scheduling="none",
        analytics="with `instagram_manage_insights`; not asked for",
        rates="posts in 24 hours: 100, 50 or 25, the documentation disagrees; `content_publishing_limit` tells",
    ),
}

_A_PAGE = Capability(text_limit=63206, verify=Verify.BY_LIST, max_lag=_LAG, scopes=_PAGE, deletes=True)
_PAGE_PICTURE = MediaLimits(("image/jpeg", "image/png"), max_bytes=4 * _MB)
_PAGE_FILM = MediaLimits(_MP4, max_bytes=1024 * _MB)
_PAGE_VIDEO = replace(_A_PAGE, longest_processing=_PROCESSING, media_min=1, media_max=1, film=_PAGE_FILM)

_ON_INSTAGRAM = Capability(
    text_limit=2200,
    hashtags=30,
    mentions=20,
    verify=Verify.BY_ID,
    scopes=_INSTAGRAM,
    longest_processing=timedelta(minutes=30),
    media_min=1,
    media_max=1,
)
_STORY_PICTURE = MediaLimits(("image/jpeg",), max_bytes=8 * _MB)
_FEED_PICTURE = replace(_STORY_PICTURE, ratios=("4:5", "1.91:1"))
_SHORT_FILM = MediaLimits(_MP4, max_bytes=100 * _MB, durations=(3, 60))
_REEL = MediaLimits(_MP4, max_bytes=300 * _MB, durations=(3, 900), ratios=("1:100", "10:1"))

CAPABILITIES = {
    ("page", "text"): replace(_A_PAGE, link=True),
    ("page", "link"): replace(_A_PAGE, link=True),
    ("page", "image"): replace(_A_PAGE, media_min=1, media_max=1, picture=_PAGE_PICTURE),
    ("page", "images"): replace(_A_PAGE, media_min=2, media_max=10, picture=_PAGE_PICTURE),
    ("page", "video"): _PAGE_VIDEO,
    ("page", "reel"): replace(
        _PAGE_VIDEO,
        text_limit=2200,
        verify=Verify.BY_ID,
        max_lag=timedelta(0),
        film=replace(_PAGE_FILM, durations=(3, 90), least_sides=(540, 960)),
    ),
    ("instagram", "image"): replace(_ON_INSTAGRAM, picture=_FEED_PICTURE),
    ("instagram", "carousel"): replace(
        _ON_INSTAGRAM, media_min=2, media_max=10, picture=_FEED_PICTURE, film=_SHORT_FILM
    ),
    ("instagram", "reel"): replace(_ON_INSTAGRAM, film=_REEL, longest_processing=_PROCESSING),
    # A story shows no caption.
    ("instagram", "story"): replace(_ON_INSTAGRAM, text_limit=0, picture=_STORY_PICTURE, film=_SHORT_FILM),
}
