"""Forgets a person and the accounts behind their authorisations; the rows stay, since others tell of them by id."""

from datetime import datetime

from django.db.models import F, TextField, Value
from django.db.models.functions import Cast, Concat

from apps.connections.actions.disconnect import AlreadyDisconnected, disconnect
from apps.connections.models import Connection, Credential, EgressRoute, Grant, ReconnectLink, SignIn
from apps.core.erasure import Subject

ACTOR = "system:erasure"
ERASED = "Erased account"
_TOMBSTONE = Concat(Value("erased:"), Cast(F("id"), TextField()))


def erase(subject: Subject, at: datetime) -> None:
    """Disconnect what still works, then blank names, partner ids, details and every token."""
    rows = Connection.objects.for_tenant(subject.tenant).filter(pk__in=subject.connections)
    for one in rows.order_by("pk"):
        try:
            disconnect(one, actor=ACTOR, at=at)
        except AlreadyDisconnected:
            continue
    Credential.objects.filter(grant__in=subject.grants).delete()
    SignIn.objects.for_tenant(subject.tenant).filter(connection__in=subject.connections).delete()
    EgressRoute.objects.for_tenant(subject.tenant).filter(connection__in=subject.connections).delete()
    ReconnectLink.objects.for_tenant(subject.tenant).filter(connection__in=subject.connections).delete()
    rows.update(external_id=_TOMBSTONE, name=ERASED, details={}, pause_detail="")
    grants = Grant.objects.for_tenant(subject.tenant).filter(pk__in=subject.grants)
    grants.update(external_user_id=_TOMBSTONE, user_name="")
