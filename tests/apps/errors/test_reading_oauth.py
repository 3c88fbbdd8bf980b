"""Token endpoints answer in JSON, in forms and in headers."""

import pytest

from apps.errors.classifier import classify_partner_error
from apps.errors.reading.answer import Reading
from apps.errors.reading.partners import read


def _read(body: object, status: int = 400, headers: object = None) -> Reading:
    return read("oauth", status, body, headers)


@pytest.mark.parametrize(
    "body",
    [
        {"error": "invalid_grant", "error_description": "It expired"},
        [{"error": "invalid_grant", "error_description": "It expired"}],
        {"error": {"type": "invalid_grant", "message": "It expired"}},
        "error=invalid_grant&error_description=It+expired",
        "?state=1&error=invalid_grant&error_description=It%20expired",
    ],
    ids=["usual", "in a list", "nested", "form", "query"],
)
def test_an_error_is_read_in_every_wrapping(body: object) -> None:
    said = _read(body)

    assert (said.words, said.message) == ({"oauth:invalid_grant"}, "It expired")


def test_an_error_under_200_is_a_failure() -> None:
    assert _read({"error": "invalid_client"}, 200).failed


def test_tokens_are_no_failure() -> None:
    assert not _read({"access_token": "a", "token_type": "Bearer"}, 200).failed


def test_a_resource_says_it_in_the_challenge() -> None:
    header = {"WWW-Authenticate": 'Bearer realm="x", error="invalid_token", error_description="It expired"'}

    assert _read("", 401, header).words == {"oauth:invalid_token"}


def test_the_body_stands_above_the_challenge() -> None:
    header = {"WWW-Authenticate": 'Bearer error="invalid_token"'}

    assert _read({"error": "insufficient_scope"}, 403, header).words == {"oauth:insufficient_scope"}


def test_missing_scopes_reach_the_classification() -> None:
    header = {"WWW-Authenticate": 'Bearer error="insufficient_scope", scope="posts.write posts.read"'}

    found = classify_partner_error("oauth", 403, "", header)

    assert found.required_scopes == ("posts.write", "posts.read")


def test_a_page_with_a_word_in_it_is_no_error() -> None:
    assert not _read("<p>see error=invalid_grant</p>", 502).words


@pytest.mark.parametrize(
    "body", [{"error": None}, {"error": 3}, {"error": {}}, {"error": {"type": []}}, [], "error="]
)
def test_a_body_of_the_wrong_shape_says_nothing(body: object) -> None:
    assert not _read(body).words
