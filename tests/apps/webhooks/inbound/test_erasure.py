"""A person who wants to be forgotten is: a dump of the database knows them no more."""

from collections.abc import Sequence
from typing import Any

import pytest
from django.core.checks import Error
from django.db import connection as database
from django.test import Client

from apps.connections.models import Connection, Credential
from apps.core import checks, clock, ids
from apps.core.erasure import ERASERS
from apps.errors.models import Sample
from apps.events.models import Event
from apps.jobs.models import Attempt, Job
from apps.notifications.choices import NoticeState
from apps.notifications.models import Notice
from apps.tenants.models import Tenant
from apps.webhooks.inbound.reader import read_new
from apps.webhooks.models import Erasure, Intake
from tests import partner_posts as posts
from tests.apps.webhooks.inbound.conftest import Deliver
from tests.dumping import pg_dump
from tests.make import make_connection, make_publish, make_tenant

PERSON, NAME = "10158800112233", "Ana Maria Silva"
PAGES = {"998877665544": "Harbour Cafe of Ana", "998877665545": "Second Harbour"}
pytestmark = pytest.mark.django_db


def connect(tenant: Tenant, person: str, account: str, name: str) -> Connection:
    seeded = {
        "access_token": f"token of {account}",
        "expires_in": None,
        "scopes": [],
        "user_id": person,
        "account_id": account,
        "details": {"owner": NAME},
        "account_token": f"page token of {account}",
    }
    connection = make_connection(tenant, seeded, name=name)
    connection.grant.user_name = NAME
    connection.grant.save(update_fields=["user_name"])
    return connection


def leave_traces(connection: Connection) -> Job:
    """Write down what answers, notices and webhooks leave of a person."""
    at, said = clock.now(), f"{connection.external_id} belongs to {NAME}"
    job = make_publish(connection, allow_duplicate=True)
    Job.objects.across_tenants().filter(pk=job.pk).update(
        remote_id=f"{connection.external_id}_1",
        permalink=f"https://facebook.example/{connection.external_id}",
        error_message=said,
        result={"author": NAME},
        progress={"page": connection.external_id},
    )
    Attempt.objects.create(
        job=job, step="publish", number=1, fence=1, started_at=at, evidence=said, late_evidence=said
    )
    Sample.objects.create(at=at, platform="meta", operation="publish", status=400, body=said, code="UNKNOWN")
    Notice.objects.create(
        tenant=connection.tenant,
        key=str(ids.uuid7()),
        about=f"grant:{connection.grant_id}",
        subject=f"Reconnect {connection.name}",
        text=said,
        html=said,
        state=NoticeState.NOBODY,
        created_at=at,
    )
    return job


def dump() -> str:
    """Return every row of every table as text, as a dump has it; what webhooks brought in bytes is read as well."""
    tables = [name for name in database.introspection.table_names() if not name.startswith("auth_")]
    lines = []
    with database.cursor() as cursor:
        for table in tables:
            everything = f'COPY (SELECT * FROM "{table}") TO STDOUT'  # noqa: S608 - our own names
            with cursor.copy(everything) as rows:  # type: ignore[attr-defined]
                lines += [bytes(row).decode() for row in rows]
    return "\n".join(lines) + "".join(bytes(one.body).decode() for one in Intake.objects.all())


def ask(deliver: Deliver, person: str = PERSON) -> dict[str, str]:
    answer: dict[str, str] = deliver(posts.deletion(person)).json()
    return answer


def left_in(dump: str, traces: Sequence[str]) -> list[str]:
    """Which of these a dump has, also among the bytes that it writes as hexadecimal letters."""
    return [trace for trace in traces if trace in dump or trace.encode().hex() in dump]


def test_a_dump_knows_nothing_of_the_person(committed: None, deliver: Deliver) -> None:
    acme, _ = make_tenant()
    connections = [connect(acme, PERSON, account, name) for account, name in PAGES.items()]
    jobs = [leave_traces(one) for one in connections]
    deliver(posts.meta(posts.change("feed", account="998877665544", thing="page", by=NAME)))
    deliver(posts.deauthorize(PERSON))
    read_new()
    before = pg_dump()

    ask(deliver)
    read_new()
    after = pg_dump()

    traces = [PERSON, NAME, *PAGES, *PAGES.values()]
    assert left_in(before, traces) == traces
    assert left_in(after, traces) == []
    assert NAME.encode().hex() in before  # what the partner had posted
    assert not Credential.objects.filter(grant=connections[0].grant_id).exists()
    assert {Connection.objects.across_tenants().get(pk=one.pk).status for one in connections} == {"inactive"}
    assert Job.objects.across_tenants().filter(pk__in=[job.pk for job in jobs]).count() == 2
    assert "Autumn menu" in after  # what the author wrote is Acme's own


def test_somebody_else_is_still_known(deliver: Deliver) -> None:
    globex, _ = make_tenant("Globex", "charlie@globex.test")
    acme, _ = make_tenant()
    connect(acme, PERSON, "998877665544", "Harbour Cafe of Ana")
    charlies = connect(globex, "20259900223344", "112233445566", "Globex Diner")
    leave_traces(charlies)
    before = Connection.objects.across_tenants().filter(pk=charlies.pk).values()[0]

    ask(deliver)
    read_new()

    assert Connection.objects.across_tenants().filter(pk=charlies.pk).values()[0] == before
    assert "Globex Diner" in dump()
    assert not Event.objects.filter(tenant=globex.pk, verb="person.erased").exists()


def test_the_page_says_how_far_it_is(deliver: Deliver, client: Client) -> None:
    connect(make_tenant()[0], PERSON, "998877665544", "Harbour Cafe of Ana")
    answer = ask(deliver)
    path = answer["url"].removeprefix("http://testserver")

    early = client.get(path).content.decode()
    read_new()
    late = client.get(path).content.decode()

    assert "We are erasing your data" in early
    assert "Your data is erased" in late
    assert answer["confirmation_code"] in late
    assert client.get("/data-deletion/made-up").status_code == 404


def test_the_same_wish_has_the_same_code_and_is_done_once(deliver: Deliver) -> None:
    connect(make_tenant()[0], PERSON, "998877665544", "Harbour Cafe of Ana")
    wish = posts.deletion(PERSON)

    codes = {deliver(wish).json()["confirmation_code"] for _ in range(3)}
    read_new()

    assert codes == {Erasure.objects.get().code}
    assert Event.objects.filter(verb="person.erased").count() == 1


def test_a_forged_wish_erases_nobody(deliver: Deliver) -> None:
    connect(make_tenant()[0], PERSON, "998877665544", "Harbour Cafe of Ana")

    answer = deliver(posts.deletion(PERSON, secret="of-somebody-else"))
    read_new()

    assert answer.status_code == 401
    assert not Erasure.objects.exists()
    assert "Harbour Cafe of Ana" in dump()


def test_an_app_that_keeps_tenants_rows_and_cannot_forget_does_not_start(monkeypatch: Any) -> None:
    monkeypatch.setattr(ERASERS, "_things", {k: v for k, v in ERASERS._things.items() if k != "jobs"})

    found = checks.every_app_can_forget()

    assert [(one.id, isinstance(one, Error)) for one in found] == [("core.E001", True)]
