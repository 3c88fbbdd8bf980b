"""Mailchimp's problem documents, and what comes instead of them."""

import json

import pytest

from apps.errors.classifier import classify_partner_error
from apps.errors.codes import ErrorCode
from apps.errors.reading.answer import Reading
from apps.errors.reading.partners import read

PROBLEM = {"title": "Bad Request", "status": 400, "detail": "Your Campaign is not ready to send."}


def _read(body: object, status: int = 400, headers: object = None) -> Reading:
    return read("mailchimp", status, body, headers)


@pytest.mark.parametrize("title", ["Too Many Requests", "TooManyRequests", "too_many_requests"])
def test_titles_are_the_same_in_every_spelling(title: str) -> None:
    assert _read({"title": title}, 429).words == {"toomanyrequests"}


def test_a_document_without_a_title_is_told_by_its_text() -> None:
    assert _read({"status": 400, "detail": PROBLEM["detail"]}).words == {"untitled"}


def test_the_messages_of_the_fields_are_read() -> None:
    said = _read({"title": "Invalid Resource", "errors": [{"field": "FNAME", "message": "Too long"}]})

    assert said.message == "Too long"


def test_a_pointer_to_the_fields_is_no_message() -> None:
    detail = (
        "The resource submitted could not be validated. For field-specific details, see the 'errors' array."
    )

    said = _read({"title": "Invalid Resource", "detail": detail, "errors": [{"message": "Too long"}]})

    assert said.message == "Too long"


def test_a_request_of_the_wrong_form_is_ours() -> None:
    problem = {"field": "", "message": "Schema describes object, array found instead"}

    assert "schema" in _read({"title": "Invalid Resource", "errors": [problem]}).words


def test_a_batch_hides_the_problem_in_text() -> None:
    failed = {"status_code": 400, "response": json.dumps(PROBLEM)}

    said = _read([{"status_code": 200, "response": "{}"}, failed], 200)

    assert (said.status, said.words) == (400, {"badrequest"})


def test_a_batch_that_worked_is_no_failure() -> None:
    assert not _read([{"status_code": 200, "response": "{}"}], 200).failed


def test_a_problem_passed_on_under_200_has_the_status_that_it_states() -> None:
    assert _read(PROBLEM, 200).status == 400


def test_the_rest_of_a_cut_off_document_is_read() -> None:
    said = _read('{"title":"Bad Request","status":400,"detail":"Cannot sen (truncated...)')

    assert (said.words, said.message) == ({"badrequest"}, "Cannot sen (truncated...)")


def test_a_dead_token_says_so_under_200() -> None:
    said = _read({"error": "invalid_token"}, 200)

    assert (said.failed, said.words) == (True, {"oauth:invalid_token"})


@pytest.mark.parametrize(
    "body",
    [
        {"type": "akamai_error_message", "title": "akamai_503"},
        "Request Blocked.\nReference Number: 00.5987d317",
        "<html><title>Access Denied</title>Reference #18.5987d317</html>",
    ],
    ids=["JSON", "text", "page"],
)
def test_the_firewall_is_known_in_every_form(body: object) -> None:
    assert "akamai" in _read(body, 503).words


def test_the_request_id_is_in_the_header_or_in_the_document() -> None:
    assert _read({**PROBLEM, "instance": "a"}, headers={"X-Request-Id": "b"}).request_id == "b"
    assert _read({**PROBLEM, "instance": "a"}).request_id == "a"


def test_a_campaign_is_no_failure() -> None:
    assert not _read({"id": "42694e9e57", "status": "save", "settings": {"title": "Autumn"}}, 200).failed


@pytest.mark.parametrize(
    "platform_answer", [(401, {}), (401, {"title": "API Key Invalid"}), (200, {"error": "invalid_token"})]
)
def test_a_token_that_never_expires_is_never_called_expired(platform_answer: tuple[int, object]) -> None:
    status, body = platform_answer

    assert classify_partner_error("mailchimp", status, body).code is not ErrorCode.AUTH_EXPIRED


def test_a_500_does_not_prove_that_nothing_was_sent() -> None:
    assert not classify_partner_error("mailchimp", 500, {"title": "Internal Server Error"}).proof


@pytest.mark.parametrize("title", ["Compliance Related", "akamai_503"])
def test_a_closed_door_proves_that_nothing_was_sent(title: str) -> None:
    assert classify_partner_error("mailchimp", 503, {"title": title}).proof


@pytest.mark.parametrize("body", [[None], {"errors": "x"}, {"errors": [1]}, {"title": {}}, {"title": 7}, 5])
def test_a_body_of_the_wrong_shape_is_read_by_its_status(body: object) -> None:
    assert classify_partner_error("mailchimp", 502, body).code is ErrorCode.PARTNER_5XX
