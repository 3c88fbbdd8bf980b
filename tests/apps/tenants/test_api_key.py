"""On the terminal a tenant's programs get their keys, and lose them."""

import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from apps.core import clock
from tests.make import make_tenant

pytestmark = pytest.mark.django_db


def terminal(*words: str) -> str:
    """Return what the command says."""
    call_command("api_key", *words, stdout=(said := io.StringIO()))
    return said.getvalue().strip()


def issue(*more: str) -> str:
    """Issue a key of Acme that may read; return it."""
    return terminal("issue", "acme", "Shop", "--scope", "read", *more).removeprefix("Key, shown once: ")


def prefix(key: str) -> str:
    """Return what `list` shows of a key."""
    return key.split("_")[1]


def answer(key: str) -> int:
    """Ask the API with it."""
    return Client().get("/api/v2/connections", headers={"Authorization": f"Bearer {key}"}).status_code


def test_a_key_is_shown_once_and_opens_the_api_until_it_is_revoked() -> None:
    make_tenant()
    key = issue()

    listed, before = terminal("list", "acme"), answer(key)
    terminal("revoke", prefix(key))

    assert (before, answer(key)) == (200, 401)
    assert prefix(key) in listed
    assert "Shop: read; never used" in listed
    assert key not in listed
    assert "revoked" in terminal("list", "acme")
    assert terminal("revoke", prefix(key)) == "It was revoked before."


def test_two_keys_work_while_one_is_exchanged() -> None:
    make_tenant()
    old = issue()

    new = terminal("rotate", prefix(old), "--overlap-hours", "2").removeprefix("Key, shown once: ")
    during = answer(old), answer(new)
    clock.travel(timedelta(hours=2, seconds=1))

    assert (during, answer(old), answer(new)) == ((200, 200), 401, 200)


def test_a_key_ends_by_itself_when_it_was_issued_for_days() -> None:
    make_tenant()
    key = issue("--days", "1")

    clock.travel(timedelta(days=1, seconds=1))

    assert answer(key) == 401


def test_a_revoked_key_cannot_be_exchanged() -> None:
    make_tenant()
    key = issue()
    terminal("revoke", prefix(key))

    with pytest.raises(CommandError, match="revoked"):
        terminal("rotate", prefix(key))


@pytest.mark.parametrize("words", [("list", "globex"), ("revoke", "nothing")])
def test_what_is_not_there_is_said_in_a_sentence(words: tuple[str, ...]) -> None:
    with pytest.raises(CommandError, match="There is no"):
        terminal(*words)
