"""The connectors by platform word."""

from apps.connections.connectors.gbp.connector import CONNECTOR as GBP
from apps.connections.connectors.interface import Connector
from apps.connections.connectors.linkedin.connector import CONNECTOR as LINKEDIN
from apps.connections.connectors.mailchimp.connector import CONNECTOR as MAILCHIMP
from apps.connections.connectors.meta.connector import CONNECTOR as META
from apps.connections.connectors.tiktok.connector import CONNECTOR as TIKTOK

CONNECTORS: dict[str, Connector] = {
    connector.platform: connector for connector in (META, LINKEDIN, TIKTOK, GBP, MAILCHIMP)
}


class PlatformUnknown(LookupError):
    """No connector speaks to this platform."""


def connector_for(platform: str) -> Connector:
    """
    Return the platform's connector.

    :raises PlatformUnknown: for a word that names none.
    """
    try:
        return CONNECTORS[platform]
    except KeyError:
        raise PlatformUnknown(
            f"There is no platform named {platform!r}; there are {', '.join(sorted(CONNECTORS))}."
        ) from None
