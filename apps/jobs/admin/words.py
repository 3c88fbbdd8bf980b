"""How the engine's lists say things."""

from apps.errors.messages import PLATFORM_NAMES


def partner(platform: str) -> str:
    """Return what people call where a job leads."""
    return PLATFORM_NAMES.get(platform, platform.capitalize())


def ends_when(who: str) -> str:
    """Say who ends a hold, as the end of "it goes on"."""
    _, by_itself, _ = who.partition(", by itself")
    return "by itself" if by_itself else f"when {who} act"
