"""What LinkedIn's accounts can do. A member's posts cannot be read back: nothing verifies them."""

from dataclasses import replace
from datetime import timedelta

from apps.connections.connectors.interface import Capability, Verify

SCOPES = (
    "openid",
    "profile",
    "w_member_social",
    "w_organization_social",
    "r_organization_social",
    "rw_organization_admin",
)
LISTING_SCOPES = ("openid",)  # without them it does not say which accounts there are
# How late the listing may show a post: seen within seconds; a wrong "it is not there" would post twice.
_LAG = timedelta(minutes=15)
_MB = 1024 * 1024
_A_POST = Capability(text_limit=3000, verify=Verify.NONE, deletes=True)
_PICTURES = replace(_A_POST, media_types=("image/jpeg", "image/png"), max_bytes=8 * _MB)
_FORMATS = {
    "text": _A_POST,
    "link": replace(_PICTURES, media_max=1),  # its thumbnail: LinkedIn reads no page by itself
    "image": replace(_PICTURES, media_min=1, media_max=1),
    "images": replace(_PICTURES, media_min=2, media_max=20),
    "video": replace(_A_POST, media_min=1, media_max=1, media_types=("video/mp4",), max_bytes=500 * _MB),
}

CAPABILITIES = {
    **{
        ("organization", name): replace(
            able, verify=Verify.BY_LIST, max_lag=_LAG, scopes=("w_organization_social",)
        )
        for name, able in _FORMATS.items()
    },
    **{("member", name): replace(able, scopes=("w_member_social",)) for name, able in _FORMATS.items()},
}
