"""Staff see a tenant's pages as one of its people: for half an hour, and changing nothing."""

from collections.abc import MutableMapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from apps.tenants.models import Membership

LASTS = timedelta(minutes=30)
PERMISSION = "tenants.see_as_member"
_KEY = "viewing"  # in the browser's session

Session = MutableMapping[str, Any]


@dataclass(frozen=True, slots=True)
class Viewing:
    """Whose eyes they are, and until when."""

    member: Membership
    until: datetime


def begin(session: Session, member: Membership, *, at: datetime) -> datetime:
    """Begin it in this browser; return when it ends by itself."""
    until = at + LASTS
    session[_KEY] = {"member": str(member.pk), "until": until.isoformat()}
    return until


def read(session: Session) -> Viewing | None:
    """Return what goes on in this browser, also when its time is over; nothing when that person left the team."""
    kept = session.get(_KEY)
    if not kept:
        return None
    rows = Membership.objects.across_tenants().select_related("tenant", "user")
    member = rows.filter(pk=UUID(kept["member"])).first()
    return Viewing(member, datetime.fromisoformat(kept["until"])) if member else None


def end(session: Session) -> None:
    """Be oneself again."""
    session.pop(_KEY, None)
