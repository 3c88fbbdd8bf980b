"""What a connection may not do for want of a permission, in words that lead to a reconnect."""

from typing import Any

import pytest

from apps.connections import credentials
from apps.connections.connectors.interface import TokenSet
from apps.connections.connectors.registry import CONNECTORS
from apps.connections.guard import FORMATS, missing_permissions, validate_publish_capability
from apps.connections.limits import Remedy
from apps.connections.models import Connection, Credential
from apps.core import clock
from tests.apps.connections.drafts import EVERY, able_to, draft
from tests.make import make_connection, make_tenant

SEEDED: dict[str, Any] = {
    "access_token": "user-token",
    "expires_in": 3600,
    "user_id": "7",
    "account_id": "42",
    "details": {},
    "account_token": "page-token",
    "scopes": ["pages_show_list", "pages_manage_posts", "pages_read_engagement"],
}


@pytest.fixture
def page(db: None) -> Connection:
    """Acme's page, whose own token was derived from Alice's."""
    return make_connection(make_tenant()[0], SEEDED)


@pytest.mark.parametrize(("platform", "account", "name"), EVERY)
def test_with_every_permission_it_is_allowed(platform: str, account: str, name: str) -> None:
    connection = Connection(platform=platform, account_type=account)

    granted = CONNECTORS[platform].scopes
    assert validate_publish_capability(connection, draft(platform, account, name), granted=granted) == []


@pytest.mark.parametrize(
    ("platform", "account", "name", "scope"),
    [(*one, scope) for one in EVERY for scope in able_to(*one).scopes],
)
def test_each_permission_that_is_missing_is_named_and_mended_by_a_reconnect(
    platform: str, account: str, name: str, scope: str
) -> None:
    connection = Connection(platform=platform, account_type=account)
    granted = set(CONNECTORS[platform].scopes) - {scope} | {"something else"}

    (found,) = validate_publish_capability(connection, draft(platform, account, name), granted=granted)

    assert (found.rule, found.remedy, found.scopes) == ("scopes", Remedy.RECONNECT, (scope,))
    assert CONNECTORS[platform].permissions[scope] in found.message
    assert scope not in found.message  # plain words


def test_several_missing_ones_are_named_together() -> None:
    connection = Connection(platform="meta", account_type="page")

    (found,) = validate_publish_capability(connection, draft("meta", "page", "video"), granted=["openid"])

    assert found.message == (
        "Video posts need these permissions: post on your Page; read the posts of your Page."
        " Reconnect to enable them."
    )


@pytest.mark.parametrize(("platform", "account", "name"), EVERY)
def test_permissions_that_the_partner_never_spoke_of_refuse_nothing(
    platform: str, account: str, name: str
) -> None:
    connection = Connection(platform=platform, account_type=account)

    assert validate_publish_capability(connection, draft(platform, account, name), granted=()) == []


def test_the_permission_and_the_content_are_told_at_once() -> None:
    connection = Connection(platform="meta", account_type="page")
    long = draft("meta", "page", "text", text="x" * 70_000)

    found = validate_publish_capability(connection, long, granted=["openid"])

    assert [one.remedy for one in found] == [Remedy.FIX_CONTENT, Remedy.RECONNECT]


def test_a_format_that_the_account_does_not_have_names_those_it_has() -> None:
    connection = Connection(platform="meta", account_type="instagram")

    (found,) = validate_publish_capability(connection, draft("meta", "page", "text"), granted=())

    assert found.message == "An Instagram account takes carousels, picture posts, reels and stories."


@pytest.mark.parametrize("platform", sorted(CONNECTORS))
def test_the_data_file_is_complete(platform: str) -> None:
    connector = CONNECTORS[platform]

    assert {account for account, _ in connector.capabilities} == set(connector.account_types)
    assert {name for _, name in connector.capabilities} <= set(FORMATS)
    assert {scope for able in connector.capabilities.values() for scope in able.scopes} <= set(
        connector.permissions
    )
    assert tuple(connector.permissions) == connector.scopes


def test_a_pages_own_token_may_do_what_the_one_it_comes_from_may(page: Connection) -> None:
    Credential.objects.filter(connection=None).update(scopes=["pages_show_list", "pages_manage_posts"])

    (found,) = validate_publish_capability(page, draft("meta", "page", "text"))

    assert found.scopes == ("pages_read_engagement",)
    assert missing_permissions(page) == ["read the posts of your Page"]


def test_a_renewal_that_names_no_permissions_keeps_those_that_were_given(page: Connection) -> None:
    credentials.save(TokenSet("renewed"), grant=page.grant, at=clock.now(), instead_of=1)

    fresh = credentials.current(grant=page.grant_id)

    assert fresh
    assert (fresh.version, fresh.scopes) == (2, SEEDED["scopes"])


def test_a_new_sign_in_that_names_no_permissions_keeps_none(page: Connection) -> None:
    credentials.save(TokenSet("new"), grant=page.grant, at=clock.now())

    fresh = credentials.current(grant=page.grant_id)

    assert fresh
    assert fresh.scopes == []
