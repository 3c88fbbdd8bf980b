"""Secrets are bound to their place, and survive a change of keys."""

import base64

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from apps.core.crypto import CannotDecrypt, KeyRing

OLD, NEW = (f"{name}:{base64.b64encode(name.encode() * 16).decode()}" for name in ("k1", "k2"))
RING = KeyRing.parse([OLD])


@given(st.text())
def test_gives_back_what_it_was_given(plain: str) -> None:
    assert RING.decrypt(RING.encrypt(plain, context="a:b"), context="a:b") == plain


@given(st.integers(0, 60), st.sampled_from("AbZ09_-"))
def test_a_changed_ciphertext_is_refused(place: int, letter: str) -> None:
    token = RING.encrypt("the token of Acme", context="a:b")
    index = len("k1.") + place % (len(token) - 6)
    changed = token[:index] + letter + token[index + 1 :]

    if changed != token:
        with pytest.raises(CannotDecrypt):
            RING.decrypt(changed, context="a:b")


def test_a_secret_cannot_be_moved_to_another_row() -> None:
    with pytest.raises(CannotDecrypt):
        RING.decrypt(RING.encrypt("secret", context="row 1"), context="row 2")


def test_an_old_key_still_decrypts_and_the_first_one_encrypts() -> None:
    token, ring = RING.encrypt("secret", context="x"), KeyRing.parse([NEW, OLD])

    assert ring.decrypt(token, context="x") == "secret"
    assert ring.encrypt("secret", context="x").startswith(f"{ring.first}.")


@pytest.mark.parametrize("pairs", [[], ["k1:short"], ["k1:%%%"]])
def test_a_wrong_ring_refuses_to_start(pairs: list[str]) -> None:
    with pytest.raises(ImproperlyConfigured):
        KeyRing.parse(pairs)


@pytest.mark.parametrize("wrong", ["2026.11:{}", ":{}", "{}"])
def test_an_id_that_could_not_be_found_again_is_refused_without_telling_the_key(wrong: str) -> None:
    key = NEW.partition(":")[2]

    with pytest.raises(ImproperlyConfigured) as refused:
        KeyRing.parse([wrong.format(key), OLD])

    assert key not in str(refused.value)


def test_two_keys_of_one_id_are_refused() -> None:
    with pytest.raises(ImproperlyConfigured):
        KeyRing.parse([NEW, OLD, OLD.replace("azE", "azI")])
