"""Who we are to each partner, from the settings."""

from django.conf import settings

from apps.connections.connectors.interface import PartnerApp
from apps.connections.connectors.meta.instagram_login import LOGIN


def app_for(platform: str, login: str = "") -> PartnerApp:
    """Return our credentials, the base URLs and the API version for a platform; Instagram's own login is another app."""
    word = (LOGIN if login == LOGIN else platform).upper()
    return PartnerApp(
        client_id=settings.PARTNER_CREDENTIALS[f"{word}_CLIENT_ID"],
        client_secret=next(iter(secrets_of(f"{word}_CLIENT_SECRET")), ""),
        urls=settings.PARTNER_URLS,
        version={"meta": settings.META_API_VERSION, "linkedin": settings.LINKEDIN_API_VERSION}.get(
            platform, ""
        ),
    )


def secrets_of(name: str) -> list[str]:
    """Return the live secrets of a setting: while one is replaced there are two. The first is ours to use, all count."""
    return [one.strip() for one in settings.PARTNER_CREDENTIALS.get(name, "").split(",") if one.strip()]
