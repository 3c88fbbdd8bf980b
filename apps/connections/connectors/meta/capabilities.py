"""What Meta's accounts can do. Limits: Instagram's content publishing guide and the Pages API guide, November 2026."""

from dataclasses import replace
from datetime import timedelta

from apps.connections.connectors.interface import Capability, Verify

SCOPES = (
    "pages_show_list",
    "pages_manage_posts",
    "pages_read_engagement",
    "instagram_basic",
    "instagram_content_publish",
)
LISTING_SCOPES = ("pages_show_list",)  # without them it does not say which accounts there are
_PAGE = ("pages_manage_posts", "pages_read_engagement")
_INSTAGRAM = ("instagram_basic", "instagram_content_publish")
# How late the listing may show a post: seen within seconds; a wrong "it is not there" would post twice.
_LAG = timedelta(minutes=15)

_PICTURES = ("image/jpeg", "image/png")
_FILM = ("video/mp4",)
_MB = 1024 * 1024
# A film may be processed for this long before it shows; afterwards a person must look.
_PROCESSING = timedelta(hours=1)
_A_PAGE = Capability(text_limit=63206, verify=Verify.BY_LIST, max_lag=_LAG, scopes=_PAGE, deletes=True)
_ON_INSTAGRAM = Capability(
    text_limit=2200,
    verify=Verify.BY_ID,
    scopes=_INSTAGRAM,
    longest_processing=timedelta(minutes=30),
    media_min=1,
    media_max=1,
    media_types=("image/jpeg",),
    max_bytes=8 * _MB,
)

CAPABILITIES = {
    ("page", "text"): _A_PAGE,
    ("page", "link"): _A_PAGE,
    ("page", "image"): replace(_A_PAGE, media_min=1, media_max=1, media_types=_PICTURES, max_bytes=4 * _MB),
    ("page", "images"): replace(_A_PAGE, media_min=2, media_max=10, media_types=_PICTURES, max_bytes=4 * _MB),
    ("page", "video"): replace(
        _A_PAGE,
        longest_processing=_PROCESSING,
        media_min=1,
        media_max=1,
        media_types=_FILM,
        max_bytes=1024 * _MB,
    ),
    ("page", "reel"): replace(
        _A_PAGE,
        text_limit=2200,
        verify=Verify.BY_ID,
        max_lag=timedelta(0),
        longest_processing=_PROCESSING,
        media_min=1,
        media_max=1,
        media_types=_FILM,
        max_bytes=1024 * _MB,
    ),
    ("instagram", "image"): replace(_ON_INSTAGRAM, ratios=(0.8, 1.91)),
    ("instagram", "carousel"): replace(
        _ON_INSTAGRAM,
        media_min=2,
        media_max=10,
        media_types=("image/jpeg", *_FILM),
        max_bytes=100 * _MB,
        ratios=(0.8, 1.91),
    ),
    ("instagram", "reel"): replace(
        _ON_INSTAGRAM, media_types=_FILM, max_bytes=300 * _MB, longest_processing=_PROCESSING
    ),
    # A story shows no caption.
    ("instagram", "story"): replace(
        _ON_INSTAGRAM, text_limit=0, media_types=("image/jpeg", *_FILM), max_bytes=100 * _MB
    ),
}
