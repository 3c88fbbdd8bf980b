"""LinkedIn says the same in many shapes; each is understood."""

import json

import pytest

from apps.errors.classification import CallContext
from apps.errors.classifier import classify_partner_error, says_failure
from apps.errors.codes import ErrorCode
from apps.errors.reading.partners import read

REVOKED = {
    "status": 401,
    "serviceErrorCode": 65601,
    "message": "The token used in the request has been revoked",
}
DAY_LIMIT = "Resource level throttle APPLICATION_AND_MEMBER DAY limit for calls to this resource is reached."


@pytest.mark.parametrize("body", [json.dumps(REVOKED), json.dumps(json.dumps(REVOKED)), [REVOKED], REVOKED])
def test_an_answer_is_read_as_text_as_a_string_in_json_and_in_a_list(body: object) -> None:
    assert read("linkedin", 401, body, {}).code == "65601"


def test_a_capital_first_letter_changes_nothing() -> None:
    said = read("linkedin", 401, {"ServiceErrorCode": "65600", "Message": "Invalid access token"}, {})

    assert (said.code, said.message) == ("65600", "Invalid access token")


def test_xml_cut_short_gives_its_message_and_its_request() -> None:
    body = "<?xml version='1.0'?>\n<error>\n<status>400</status>\n<request-id>RB9Q9LNGKC</request-id>\n<message>Couldn't parse"

    said = read("linkedin", 400, body, {})

    assert (said.message, said.request_id) == ("Couldn't parse", "RB9Q9LNGKC")


@pytest.mark.parametrize(
    "message",
    [
        "com.linkedin.content.common.exception.BadRequestResponseException: Content is a duplicate",
        "[unauthorized]. Content is a duplicate",
    ],
)
def test_the_class_before_a_sentence_is_dropped(message: str) -> None:
    assert read("linkedin", 422, {"message": message}, {}).message == "Content is a duplicate"


def test_the_codes_of_single_fields_are_words() -> None:
    body = {"errorDetails": {"inputErrors": [{"code": "DUPLICATE_POST"}, {"code": "MISSING_FIELD"}]}}

    assert read("linkedin", 422, body, {}).words == {"duplicate_post", "missing_field"}


def test_a_missing_permission_is_named() -> None:
    body = {
        "status": 403,
        "code": "ACCESS_DENIED",
        "message": "Insufficient permissions: w_organization_social",
    }

    assert classify_partner_error("linkedin", 403, body).required_scopes == ("w_organization_social",)


def test_a_permission_in_the_authors_text_is_not_missing() -> None:
    body = {"status": 422, "message": "ERROR :: /commentary :: my post is about w_member_social"}

    assert read("linkedin", 422, body, {}).scopes == ()


def test_a_days_limit_ends_at_midnight_of_the_partners_clock() -> None:
    headers = {"Date": "Tue, 24 Nov 2026 23:00:00 GMT"}

    assert classify_partner_error("linkedin", 429, {"message": DAY_LIMIT}, headers).retry_after == 3600


def test_the_partners_own_hint_beats_midnight() -> None:
    headers = {"Date": "Tue, 24 Nov 2026 23:00:00 GMT", "Retry-After": "60"}

    assert classify_partner_error("linkedin", 429, {"message": DAY_LIMIT}, headers).retry_after == 60


def test_a_field_that_could_not_be_filled_is_an_error_in_a_good_answer() -> None:
    body = {"id": "abc", "displayImage!": {"status": 429, "message": DAY_LIMIT}}

    assert classify_partner_error("linkedin", 200, body).code is ErrorCode.QUOTA_EXCEEDED
    assert not says_failure("linkedin", 200, body)


def test_an_error_under_status_200_counts_by_its_own_status() -> None:
    assert classify_partner_error("linkedin", 200, REVOKED).code is ErrorCode.AUTH_REVOKED
    assert says_failure("linkedin", 200, REVOKED)


@pytest.mark.parametrize(
    ("state", "failed"), [("PROCESSING_FAILED", True), ("PROCESSING", False), ("AVAILABLE", False)]
)
def test_an_upload_that_failed_is_a_failure_and_a_waiting_one_is_not(state: str, failed: bool) -> None:
    assert says_failure("linkedin", 200, {"id": "urn:li:video:C5F10", "status": state}) is failed


@pytest.mark.parametrize(
    ("age", "code"),
    [(5, ErrorCode.PARTNER_5XX), (3600, ErrorCode.AUTH_REVOKED), (None, ErrorCode.AUTH_REVOKED)],
)
def test_a_revoked_token_that_was_just_issued_is_a_passing_fault(age: float | None, code: ErrorCode) -> None:
    context = CallContext(token_age_s=age)

    assert classify_partner_error("linkedin", 401, REVOKED, context=context).code is code


@pytest.mark.parametrize(("message", "proof"), [(DAY_LIMIT, True), ("Too many requests", False), ("", False)])
def test_only_the_gateways_own_sentence_proves_that_a_429_posted_nothing(message: str, proof: bool) -> None:
    assert classify_partner_error("linkedin", 429, {"message": message}).proof is proof


@pytest.mark.parametrize(
    "text",
    [
        "token expired",
        "rate limit",
        "Content is a duplicate of urn:li:share:1",
        "length of the post is too long",
    ],
)
def test_the_authors_echoed_words_decide_nothing(text: str) -> None:
    body = {"status": 422, "message": f"ERROR :: /{text} :: unrecognized field found but not allowed"}

    assert classify_partner_error("linkedin", 422, body).code is ErrorCode.INVALID_REQUEST


def test_a_text_that_is_too_long_is_the_authors_to_mend_whatever_it_says() -> None:
    body = {
        "status": 422,
        "message": 'ERROR :: /commentary :: length of "the token expired" is out of range 0...3000',
    }

    assert classify_partner_error("linkedin", 422, body).code is ErrorCode.CONTENT_INVALID
