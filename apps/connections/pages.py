"""Where a person finds an account at its partner: the link beside "Is it there?"."""

from collections.abc import Callable

from django.conf import settings

from apps.connections.models import Connection

_PATHS: dict[str, Callable[[Connection], str]] = {
    "page": lambda one: f"{settings.PARTNER_URLS['META_WWW_URL']}/{one.external_id}",
    "instagram": lambda _one: f"{settings.PARTNER_URLS['INSTAGRAM_WWW_URL']}/",
    "organization": lambda one: (
        f"{settings.PARTNER_URLS['LINKEDIN_WWW_URL']}/company/{one.external_id.rpartition(':')[2]}/posts/"
    ),
    "member": lambda _one: f"{settings.PARTNER_URLS['LINKEDIN_WWW_URL']}/in/me/recent-activity/all/",
    "creator": lambda _one: f"{settings.PARTNER_URLS['TIKTOK_WWW_URL']}/tiktokstudio/content",
    "location": lambda _one: "https://business.google.com/locations",
    "audience": lambda _one: "https://admin.mailchimp.com/campaigns/",
}


def account_page(connection: Connection) -> str:
    """Return the partner's page that shows what was posted on the account, to whoever is signed in there."""
    return _PATHS[connection.account_type](connection)
