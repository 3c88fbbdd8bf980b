"""What LinkedIn's notifications mean. No event of LinkedIn tells of a token: a health check finds that out."""

from collections.abc import Mapping
from typing import Any

from apps.webhooks.inbound.choices import Act
from apps.webhooks.inbound.interface import Told
from apps.webhooks.inbound.reading import moment, word

SOCIAL = "ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS"
# LinkedIn sends nothing like it today; should it, or somebody in its name, the partner is asked. What really finds a
# permission that was taken back: the health check, and the answer 65601 to any call.
REVOKED = "PERMISSION_REVOKED"


def of_notification(data: Mapping[str, Any]) -> Told:
    """One notification. Accounts are urns, with us as there; of persons we keep the bare id."""
    kind, at = word(data.get("type"), 80), moment(data.get("lastModifiedAt"))
    account = word(data.get("organizationalEntity"))
    person = word(data.get("member")).rpartition(":")[2]
    if kind == SOCIAL:
        return Told(kind, Act.CHECK, at, account=account, chatter=True, note=word(data.get("action"), 60))
    if kind == REVOKED:
        return Told(kind, Act.CHECK, at, account=account, person=person)
    return Told(kind, Act.NOTHING, at, account=account, known=False)
