"""What people read about a stopped connection, and about an incident."""

from collections.abc import Collection

from apps.connections.guard import missing_permissions
from apps.connections.models import Connection
from apps.errors.codes import ErrorCode
from apps.errors.messages import PLATFORM_NAMES
from apps.errors.taxonomy import get_user_message
from apps.recovery.choices import Family

_INCIDENTS = {
    Family.AVAILABILITY: "{platform} has a problem right now. It goes on by itself.",
    Family.AUTHORISATION: "{platform} refuses posts of many accounts right now. It goes on by itself.",
    Family.APP: "{platform} has stopped our app for the moment. We are on it.",
    Family.SIGNATURE: "Something went wrong on our side. We are on it, and it goes on by itself.",
}
_HEADLINES = {
    Family.AVAILABILITY: "{platform} has a problem right now.",
    Family.AUTHORISATION: "{platform} has a problem right now.",
    Family.APP: "{platform} does not take our posts right now.",
    Family.SIGNATURE: "We cannot post to {platform} right now.",
}


def partner_name(connection: Connection) -> str:
    """Return the partner's name as its users know it."""
    return PLATFORM_NAMES.get(connection.account_type, PLATFORM_NAMES[connection.platform])


def build_pause_reason(
    code: str, connection: Connection | None = None, *, granted: Collection[str] | None = None
) -> str:
    """Return why it stopped and what to do, in plain words; who has read the scopes of many already hands them over."""
    if not code:
        return "It was stopped by our team. You do not need to do anything."
    if (
        connection
        and code == ErrorCode.PERMISSION_INSUFFICIENT
        and (missing := missing_permissions(connection, granted=granted))
    ):
        what = "this permission" if len(missing) == 1 else "these permissions"
        return f"{partner_name(connection)} needs {what} from you: {'; '.join(missing)}. Reconnect to add them; your posts stay."
    return get_user_message(ErrorCode(code), partner_name(connection) if connection else "")


def incident_sentence(family: str, platform: str) -> str:
    """Return why a lane waits for an incident."""
    return _INCIDENTS[Family(family)].format(platform=PLATFORM_NAMES.get(platform, "A partner"))


def incident_headline(family: str, partner: str) -> str:
    """Return what a tenant reads first; it tells nothing of others."""
    return _HEADLINES[Family(family)].format(platform=partner)
