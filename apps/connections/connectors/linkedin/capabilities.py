"""What LinkedIn's accounts can do. A member's posts cannot be read back: nothing verifies them."""

from dataclasses import replace
from datetime import timedelta

from apps.connections.connectors.capability import AccountType, Capability, MediaLimits, Verify
from apps.connections.connectors.linkedin.answers import escape
from apps.connections.connectors.text import Measure

PERMISSIONS = {
    "openid": "know who signs in",
    "profile": "see your name",
    "w_member_social": "post in your name",
    "w_organization_social": "post for your organization",
    "r_organization_social": "read the posts of your organization",
    "rw_organization_admin": "see which organizations you manage",
}
SCOPES = tuple(PERMISSIONS)
LISTING_SCOPES = ("openid",)  # without them it does not say which accounts there are
# How late the listing may show a post: seen within seconds; a wrong "it is not there" would post twice.
_LAG = timedelta(minutes=15)
_MB = 1024 * 1024

ACCOUNT_TYPES = {
    "organization": AccountType(
        name="a LinkedIn organization",
        who="organizations of which the person who connects is administrator or content administrator",
        scheduling="none",
        analytics="with `r_organization_social`, in an API of its own; not used",
        rates="budgets a day for the app and for the member, reset at 00:00 UTC; the numbers are not published",
    ),
    "member": AccountType(
        name="a LinkedIn profile",
        who="the person who connects",
        scheduling="none",
        analytics="none: reading a member's posts is closed",
        rates="about 100 to 150 posts a day, reset at 00:00 UTC",
    ),
}

# What is escaped on its way counts as it is sent; unescaped it would cut the text.
_AS_SENT = Measure(
    lambda text: len(escape(text)), note="each of | { } @ [ ] ( ) < > # * _ ~ \\ counts as two"
)
_PICTURE = MediaLimits(("image/jpeg", "image/png"), max_bytes=8 * _MB, max_pixels=36_152_319)
_FILM = MediaLimits(("video/mp4",), min_bytes=75 * 1024, max_bytes=500 * _MB, durations=(3, 1800))
_A_POST = Capability(text_limit=3000, measure=_AS_SENT, verify=Verify.NONE, deletes=True)
_FORMATS = {
    "text": replace(_A_POST, link=True),
    # Its picture is the thumbnail: LinkedIn reads no page by itself.
    "link": replace(_A_POST, link=True, media_max=1, picture=_PICTURE),
    "image": replace(_A_POST, media_min=1, media_max=1, picture=_PICTURE),
    "images": replace(_A_POST, media_min=2, media_max=20, picture=_PICTURE),
    "video": replace(_A_POST, media_min=1, media_max=1, film=_FILM),
}
# Reading belongs to posting: after a lost answer nobody could look, and no film's processing could be followed.
_ORGANIZATION = ("w_organization_social", "r_organization_social")

CAPABILITIES = {
    **{
        ("organization", name): replace(able, verify=Verify.BY_LIST, max_lag=_LAG, scopes=_ORGANIZATION)
        for name, able in _FORMATS.items()
    },
    **{("member", name): replace(able, scopes=("w_member_social",)) for name, able in _FORMATS.items()},
}
