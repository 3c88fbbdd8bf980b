"""While a post is written, its accounts say what they would not take."""

import json
from typing import Any

import pytest

from apps.connections.models import Connection, Credential
from apps.jobs.models import Job
from apps.tenants.choices import Role
from apps.tenants.models import Membership
from tests.browsers import signed_in
from tests.make import make_connection, make_tenant
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db


@pytest.fixture
def cafe(simulator: Simulator) -> Connection:
    """Acme's page; Charlie's Globex beside it."""
    tenant, _ = make_tenant()
    make_tenant("Globex", "charlie@globex.test")
    return make_connection(tenant, simulator.account("meta", "page"), name="Harbour Cafe")


def check(who: str, *connections: Connection, slug: str = "acme", **content: Any) -> Any:
    """Ask as the page does."""
    body = json.dumps({"connections": [str(one.pk) for one in connections], "content": content})
    return signed_in(who).post(f"/t/{slug}/posts/check", body, content_type="application/json")


def test_each_account_answers_for_itself(cafe: Connection, simulator: Simulator) -> None:
    seeded = simulator.account("linkedin", "member")
    member = make_connection(cafe.tenant, seeded, platform="linkedin", kind="member", name="Ana")

    answer = check("alice@acme.test", cafe, member, format="text", text="x" * 3001)

    said = {
        one["name"]: (one["allowed"], [p["message"] for p in one["problems"]])
        for one in answer.json()["targets"]
    }
    assert said["Harbour Cafe"] == (True, [])
    assert said["Ana"][0] is False
    assert said["Ana"][1][0].endswith("Shorten this by 1.")
    assert not Job.objects.across_tenants().exists()


def test_a_missing_permission_leads_to_a_reconnect_that_asks_for_it(cafe: Connection) -> None:
    Credential.objects.filter(connection=None).update(scopes=["pages_show_list", "pages_read_engagement"])

    (target,) = check("alice@acme.test", cafe, format="text", text="Autumn").json()["targets"]

    (problem,) = target["problems"]
    assert (
        problem["message"] == "Text posts need this permission: post on your Page. Reconnect to enable them."
    )
    assert problem["reconnect_url"].startswith(
        f"/api/oauth/meta/start?reconnect=true&prev_connection={cafe.pk}"
    )
    assert problem["reconnect_url"].endswith("scope_fix=true")


@pytest.mark.parametrize("body", ["{", "[]", "7", '{"connections": 7, "content": {}}', '{"content": {}}'])
def test_what_cannot_be_read_is_refused(body: str, cafe: Connection) -> None:
    answer = signed_in("alice@acme.test").post("/t/acme/posts/check", body, content_type="application/json")

    assert answer.status_code == 400


def test_whoever_only_looks_on_is_not_asked(cafe: Connection) -> None:
    Membership.objects.across_tenants().update(role=Role.VIEWER)

    assert check("alice@acme.test", cafe, format="text", text="Autumn").status_code == 404


def test_charlie_learns_nothing_of_acmes_accounts(cafe: Connection) -> None:
    assert check("charlie@globex.test", cafe, text="Autumn").status_code == 404
    assert check("charlie@globex.test", cafe, slug="globex", text="Autumn").json() == {"targets": []}
