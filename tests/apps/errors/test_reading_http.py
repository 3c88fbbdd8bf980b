"""Endpoints of strangers: a status, and perhaps a sentence somewhere."""

import pytest

from apps.errors.classifier import classify_partner_error
from apps.errors.codes import ErrorCode
from apps.errors.reading.partners import read


@pytest.mark.parametrize(
    "body",
    [
        {"message": "No"},
        {"detail": "No"},
        {"error": "No"},
        {"error": {"message": "No"}},
        {"errors": [{"message": "No"}]},
        "No",
    ],
)
def test_the_sentence_is_found_wherever_it_stands(body: object) -> None:
    assert read("http", 500, body, {}).message == "No"


def test_a_200_is_no_failure_whatever_it_says() -> None:
    assert not read("http", 200, {"error": "none"}, {}).failed


@pytest.mark.parametrize("status", [400, 406, 431, 479])
def test_a_status_that_is_not_listed_belongs_to_the_caller_below_500(status: int) -> None:
    assert classify_partner_error("http", status, "").code is ErrorCode.INVALID_REQUEST


@pytest.mark.parametrize("status", [506, 511, 520, 561])
def test_a_status_that_is_not_listed_belongs_to_the_other_side_from_500(status: int) -> None:
    assert classify_partner_error("http", status, "").code is ErrorCode.PARTNER_5XX


@pytest.mark.parametrize("status", [408, 499, 500, 502, 503, 504, 522, 524])
def test_a_broken_answer_does_not_prove_that_nothing_was_done(status: int) -> None:
    assert not classify_partner_error("http", status, "").proof


@pytest.mark.parametrize("status", [301, 400, 404, 425, 429])
def test_a_refusal_proves_that_nothing_was_done(status: int) -> None:
    assert classify_partner_error("http", status, "").proof
