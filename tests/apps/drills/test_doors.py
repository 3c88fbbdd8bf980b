"""The doors to drills: console, API, command; who may open them, and what they show."""

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.test import Client

from apps.connections.models import Connection
from apps.console.staff import ADMIN, OPERATOR
from apps.core import clock
from apps.core.drilling import drills
from apps.drills.choices import RunState, Verdict
from apps.drills.models import DrillRun
from apps.tenants import flags, keys
from apps.tenants.choices import Flag
from apps.tenants.models import User
from tests.browsers import signed_in
from tests.make import make_connection, make_tenant
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db


@pytest.fixture
def cafe(simulator: Simulator, settings: Any) -> Connection:
    """Acme's page, with drills switched on and a stage."""
    settings.STAGE_URL, settings.SIMULATOR_URL = "http://127.0.0.1:1", "http://127.0.0.1:1"
    found = make_connection(make_tenant()[0], simulator.account("meta", "page"))
    switch(found, on=True)
    return found


def switch(cafe: Connection, *, on: bool) -> None:
    """Let Acme drill, or no more."""
    flags.switch(tenant=cafe.tenant_id, flag=Flag.CHAOS_TESTS, on=on, actor="staff:o", at=clock.now())


def staff(group: str) -> Client:
    """A member of the operations staff."""
    user = User.objects.create_user(f"{group}@reknit.test", is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    return signed_in(user.email)


def key(cafe: Connection, *scopes: str) -> Client:
    """A program of Acme's."""
    _, secret = keys.issue(tenant=cafe.tenant_id, name="k", scopes=list(scopes), at=clock.now())
    return Client(headers={"Authorization": f"Bearer {secret}"})


def test_only_admins_break_things_in_the_console_and_they_abort_after_a_question(cafe: Connection) -> None:
    ada, otto = staff(ADMIN), staff(OPERATOR)
    page, asked = f"/admin/connection/{cafe.pk}/", {"name": "expire_token", "seconds": 60, "rate": 30}
    asked["connection"] = str(cafe.pk)

    offered = [b"Break it on purpose" in who.get(page).content for who in (ada, otto)]
    refused = otto.post("/admin/drills/", asked).status_code
    begun = ada.post("/admin/drills/", asked)
    run = DrillRun.objects.across_tenants().get()
    question = ada.post(begun.url, {"action": "abort"})
    otto.post(begun.url, {"confirm": "yes"})
    before = DrillRun.objects.across_tenants().get().abort_wanted
    ada.post(begun.url, {"confirm": "yes"})

    run.refresh_from_db()
    assert (offered, refused, begun.url) == ([True, False], 403, f"/admin/drills/{run.pk}/")
    assert (b"End it now?" in question.content, before) == (True, "")
    assert run.abort_wanted == f"staff:{User.objects.get(email='admin@reknit.test').pk}"
    assert ada.get(f"{begun.url}?as=json").json()["name"] == "expire_token"
    listed = ada.get("/admin/drills/").content.decode()
    assert drills().offered()["expire_token"].rstrip(".") in listed
    assert "expire_token" not in listed


def test_the_api_drills_where_it_is_switched_on_and_by_keys_that_administer(cafe: Connection) -> None:
    admin, operator = key(cafe, "read", "admin"), key(cafe, "read", "operate")
    body = {"name": "rate_limit_429", "connections": [str(cafe.pk)], "rate": 12}

    def post(client: Client, body: Any, path: str = "") -> Any:
        return client.post(f"/api/v2/drills{path}", body, content_type="application/json")

    wrong = post(admin, {"name": "clock_skew", "connections": [], "rate": 0, "x": 1}).json()
    made = post(admin, body)
    again = post(admin, body)
    seen = admin.get(f"/api/v2/drills/{made.json()['id']}").json()
    aborted = post(admin, {}, f"/{made.json()['id']}/abort")
    switch(cafe, on=False)
    off = [admin.get("/api/v2/drills"), post(admin, body), admin.get(f"/api/v2/drills/{made.json()['id']}")]

    assert {one["field"] for one in wrong["fields"]} == {"name", "connections", "rate", "x"}
    assert (made.status_code, again.status_code, again.json()["code"]) == (201, 409, "drill_runs_already")
    assert (seen["rate"], seen["state"], aborted.status_code) == (12, "asked", 200)
    assert post(operator, body).status_code == 403
    assert [(one.status_code, one.json()["code"]) for one in off] == [(403, "drills_off")] * 3


def test_the_command_lists_them_and_fails_when_a_drill_could_not_run(cafe: Connection, capsys: Any) -> None:
    call_command("drill", "list")
    listed = capsys.readouterr().out

    with pytest.raises(CommandError, match="The stage does not answer"):
        call_command("drill", "run", "cut_socket", "--tenant", "acme", "--platform", "meta")
    with pytest.raises(CommandError, match="hits every tenant"):
        call_command("drill", "run", "worker_killed", "--tenant", "acme")

    run = DrillRun.objects.across_tenants().get()
    assert (run.state, run.verdict) == (RunState.ENDED, Verdict.NOT_RUN)
    assert ("expire_token" in listed, "On the demo only" in listed) == (True, True)
