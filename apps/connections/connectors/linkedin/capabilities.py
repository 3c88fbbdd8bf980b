"""What LinkedIn's accounts can do. A member's posts cannot be read back: nothing verifies them."""

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
_TEXT = 3000
_LAG = timedelta(minutes=1)
_PICTURES = ("image/jpeg", "image/png")


def _able(verify: Verify, lag: timedelta, scope: str, *, pictures: int = 0) -> Capability:
    return Capability(
        text_limit=_TEXT,
        verify=verify,
        max_lag=lag,
        scopes=(scope,),
        deletes=True,
        media_min=pictures,
        media_max=pictures,
        media_types=_PICTURES if pictures else (),
        max_bytes=8 * 1024 * 1024 if pictures else None,
    )


CAPABILITIES = {
    **{
        ("organization", name): _able(Verify.BY_LIST, _LAG, "w_organization_social")
        for name in ("text", "link")
    },
    ("organization", "image"): _able(Verify.BY_LIST, _LAG, "w_organization_social", pictures=1),
    **{("member", name): _able(Verify.NONE, timedelta(0), "w_member_social") for name in ("text", "link")},
    ("member", "image"): _able(Verify.NONE, timedelta(0), "w_member_social", pictures=1),
}
