"""A person's wish to be forgotten, as Meta passes it on: written down before the answer, carried out by the reader.

Source: https://developers.facebook.com/docs/development/create-an-app/app-dashboard/data-deletion-callback
"""

from collections import defaultdict
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import salted_hmac

from apps.connections.models import Connection, Grant
from apps.core import erasure
from apps.core.erasure import Subject
from apps.events import log
from apps.webhooks.inbound.choices import ErasureState
from apps.webhooks.models import Erasure, IncomingEvent, Intake

ACTOR = "system:erasure"
_LONG = 24  # hexadecimal letters: nobody guesses somebody else's page


def ask(body: bytes, *, platform: str, login: str, person: str, at: datetime) -> str:
    """Write the wish down and return its code; the same request always has the same one."""
    code = code_of(body)
    wish = Erasure(code=code, platform=platform, login=login, person=person, asked_at=at)
    Erasure.objects.bulk_create([wish], ignore_conflicts=True)
    return code


def code_of(body: bytes) -> str:
    """Return the code that a request is known by."""
    return salted_hmac("webhooks.erasure", body, algorithm="sha256").hexdigest()[:_LONG]


def address(code: str) -> str:
    """Return the page that says how far it is."""
    return f"{settings.PUBLIC_URL}{reverse('data_deletion', args=[code])}"


def carry_out(intake: Intake, *, at: datetime) -> int:
    """Erase the person in every tenant's rows, and the wish's own mention of them; return how many connections went."""
    wish = Erasure.objects.select_for_update().get(code=code_of(bytes(intake.body)))
    if wish.state == ErasureState.DONE:
        return wish.connections
    subjects = _subjects(wish)
    for subject in subjects:
        erasure.erase(subject, at=at)
        _record(subject, wish, at)
    _forget_the_rest(wish, intake)
    wish.state, wish.done_at, wish.person = ErasureState.DONE, at, ""
    wish.connections = sum(len(one.connections) for one in subjects)
    wish.save()
    return wish.connections


def _subjects(wish: Erasure) -> list[Subject]:
    """Return what each tenant knows of the person."""
    grants: dict[UUID, list[Grant]] = defaultdict(list)
    for grant in Grant.objects.across_tenants().filter(
        platform=wish.platform, login=wish.login, external_user_id=wish.person
    ):
        grants[grant.tenant_id].append(grant)
    return [_subject(tenant, rows) for tenant, rows in grants.items()]


def _subject(tenant: UUID, grants: list[Grant]) -> Subject:
    connections = list(Connection.objects.for_tenant(tenant).filter(grant__in=grants))
    names = [grant.external_user_id for grant in grants] + [grant.user_name for grant in grants]
    names += [one.external_id for one in connections] + [one.name for one in connections]
    return Subject(
        tenant=tenant,
        grants=frozenset(grant.pk for grant in grants),
        connections=frozenset(one.pk for one in connections),
        names=frozenset(name for name in names if name),
    )


def _forget_the_rest(wish: Erasure, intake: Intake) -> None:
    """What was told of a person whom no tenant knows names them as well; so does the request itself."""
    told = IncomingEvent.objects.filter(about=wish.person, receiver__startswith=wish.platform)
    Intake.objects.filter(pk__in=[intake.pk, *told.values_list("intake", flat=True)]).update(body=b"")
    told.update(about="", note="")


def _record(subject: Subject, wish: Erasure, at: datetime) -> None:
    log.record(
        "person.erased",
        tenant=subject.tenant,
        subject=f"erasure:{wish.code}",
        actor=ACTOR,
        at=at,
        data={"connections": len(subject.connections)},
    )
