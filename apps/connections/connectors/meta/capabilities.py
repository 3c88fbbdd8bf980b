"""What Meta's accounts can do. Limits: Instagram's content publishing guide and the Pages API guide, November 2026."""

from datetime import timedelta

from apps.connections.connectors.interface import Capability, Verify

SCOPES = (
    "pages_show_list",
    "pages_manage_posts",
    "pages_read_engagement",
    "instagram_basic",
    "instagram_content_publish",
)
_PAGE = ("pages_manage_posts", "pages_read_engagement")
_INSTAGRAM = ("instagram_basic", "instagram_content_publish")
# The listing of a page's posts follows within seconds; a minute is on the safe side.
_LAG = timedelta(minutes=1)

CAPABILITIES = {
    ("page", "text"): Capability(
        text_limit=63206, verify=Verify.BY_LIST, max_lag=_LAG, scopes=_PAGE, deletes=True
    ),
    ("page", "link"): Capability(
        text_limit=63206, verify=Verify.BY_LIST, max_lag=_LAG, scopes=_PAGE, deletes=True
    ),
    ("page", "image"): Capability(
        text_limit=63206,
        verify=Verify.BY_LIST,
        max_lag=_LAG,
        scopes=_PAGE,
        deletes=True,
        media_min=1,
        media_max=1,
        media_types=("image/jpeg", "image/png"),
        max_bytes=4 * 1024 * 1024,
    ),
    ("page", "images"): Capability(
        text_limit=63206,
        verify=Verify.BY_LIST,
        max_lag=_LAG,
        scopes=_PAGE,
        deletes=True,
        media_min=2,
        media_max=10,
        media_types=("image/jpeg", "image/png"),
        max_bytes=4 * 1024 * 1024,
    ),
    ("instagram", "image"): Capability(
        text_limit=2200,
        verify=Verify.BY_ID,
        scopes=_INSTAGRAM,
        longest_processing=timedelta(minutes=30),
        media_min=1,
        media_max=1,
        media_types=("image/jpeg",),
        max_bytes=8 * 1024 * 1024,
        ratios=(0.8, 1.91),
    ),
}
