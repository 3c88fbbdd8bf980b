"""What people read about a stopped connection."""

from apps.connections.guard import missing_permissions
from apps.connections.models import Connection
from apps.errors.codes import ErrorCode
from apps.errors.messages import PLATFORM_NAMES
from apps.errors.taxonomy import get_user_message


def partner_name(connection: Connection) -> str:
    """Return the partner's name as its users know it."""
    return PLATFORM_NAMES.get(connection.account_type, PLATFORM_NAMES[connection.platform])


def build_pause_reason(code: str, connection: Connection) -> str:
    """Return why it stopped and what to do, in plain words."""
    if not code:
        return "It was stopped by our team. You do not need to do anything."
    if code == ErrorCode.PERMISSION_INSUFFICIENT and (missing := missing_permissions(connection)):
        what = "this permission" if len(missing) == 1 else "these permissions"
        return f"{partner_name(connection)} needs {what} from you: {'; '.join(missing)}. Reconnect to add them; your posts stay."
    return get_user_message(ErrorCode(code), partner_name(connection))
