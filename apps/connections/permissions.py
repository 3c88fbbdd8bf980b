"""Permissions in plain words, and what can be done without one of them."""

from collections.abc import Collection, Iterable

from apps.connections.connectors.registry import connector_for

_WORDS = {
    "pages_show_list": "See which Pages you manage",
    "pages_manage_posts": "Post on your Page",
    "pages_read_engagement": "Read what is posted on your Page",
    "instagram_basic": "See the Instagram account of your Page",
    "instagram_content_publish": "Post on the Instagram account of your Page",
    "openid": "Know who you are",
    "profile": "See your name and picture",
    "email": "See your e-mail address",
    "w_member_social": "Post in your name",
    "w_organization_social": "Post for your organisation",
    "r_organization_social": "Read the posts of your organisation",
    "rw_organization_admin": "See which organisations you manage",
    "user.info.basic": "See your name and picture",
    "video.publish": "Post videos and photos",
    "video.list": "See your public videos",
    "https://www.googleapis.com/auth/business.manage": "Manage your business on Google",
}


def in_words(scopes: Iterable[str]) -> list[str]:
    """Return what the partner calls these permissions on its page, more or less."""
    return [f"“{_WORDS.get(scope, scope)}”" for scope in scopes]


def missing_to_look(platform: str, granted: Collection[str]) -> list[str]:
    """Return what is missing to see the accounts at all."""
    return sorted(set(connector_for(platform).listing_scopes) - set(granted))


def can_publish(platform: str, account_type: str, granted: Collection[str]) -> bool:
    """Return True when at least one format can go out on such an account."""
    return any(set(needed) <= set(granted) for needed in _by_format(platform, account_type))


def missing(platform: str, account_type: str, granted: Collection[str]) -> list[str]:
    """Return the permissions that some format of such an account needs and that were not given."""
    needed = {scope for one in _by_format(platform, account_type) for scope in one}
    return sorted(needed - set(granted))


def _by_format(platform: str, account_type: str) -> list[tuple[str, ...]]:
    able = connector_for(platform).capabilities
    return [one.scopes for (kind, _), one in able.items() if kind == account_type]
