"""TikTok's envelope, its polls, its token endpoint and three older ways of numbering are understood."""

import json
from typing import Any

import pytest

from apps.errors.classification import CallContext
from apps.errors.classifier import classify_partner_error, says_failure
from apps.errors.codes import ErrorCode
from apps.errors.reading.partners import read

EXPIRED = {
    "data": {},
    "error": {"code": "access_token_invalid", "message": "The access token is invalid.", "log_id": "20A"},
}
GOOD = {"data": {"publish_id": "v_pub_file~1"}, "error": {"code": "ok", "message": "", "log_id": "20A"}}


@pytest.mark.parametrize(
    "body", [EXPIRED, json.dumps(EXPIRED), json.dumps(json.dumps(EXPIRED)), [EXPIRED], EXPIRED["error"]]
)
def test_the_envelope_is_read_as_text_as_a_string_in_json_in_a_list_and_without_its_cover(
    body: object,
) -> None:
    said = read("tiktok", 401, body, {})

    assert (said.code, said.request_id) == ("access_token_invalid", "20A")


@pytest.mark.parametrize(
    "body",
    [
        GOOD,
        {},
        {"code": 0, "message": "OK", "data": {}},
        {"status_code": 0, "status_msg": ""},
        {"data": {"error_code": "0", "description": ""}, "message": "success"},
        {"access_token": "hidden", "open_id": "1", "scope": "user.info.basic"},
    ],
)
def test_a_success_is_no_failure(body: object) -> None:
    assert not says_failure("tiktok", 200, body)


def test_a_failed_post_is_a_failure_under_ok() -> None:
    body = {"data": {"status": "FAILED", "fail_reason": "duration_check_failed"}, "error": {"code": "ok"}}

    assert says_failure("tiktok", 200, body)
    assert read("tiktok", 200, body, {}).code == "fail:duration_check_failed"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"data": {"error_code": 10008, "description": "expired"}, "message": "error"}, "v1:10008"),
        ({"error_code": "10008", "description": "expired"}, "v1:10008"),
        ({"code": 40105, "message": "Access token is incorrect"}, "business:40105"),
        ({"status_code": -4, "status_msg": "unavailable"}, "web:-4"),
        ({"statusCode": 10102}, "web:10102"),
    ],
)
def test_a_number_is_told_apart_by_the_api_that_sent_it(body: dict[str, Any], code: str) -> None:
    assert read("tiktok", 200, body, {}).code == code


@pytest.mark.parametrize(
    ("body", "headers", "found"),
    [
        ({"error": {"code": "x", "log_id": "in-the-error"}}, {}, "in-the-error"),
        ({"error": "invalid_grant", "log_id": "beside-it"}, {}, "beside-it"),
        ({"error": {"code": "x"}}, {"X-Tt-Logid": "in-the-header"}, "in-the-header"),
        ({"data": {"error_code": 7}, "extra": {"logid": "in-extra"}}, {}, "in-extra"),
        ({"status_code": 8, "log_pb": {"impr_id": "in-log-pb"}}, {}, "in-log-pb"),
        ({"code": 40105, "message": "x", "request_id": "business"}, {}, "business"),
    ],
)
def test_the_log_id_is_found_where_it_stands(body: object, headers: dict[str, str], found: str) -> None:
    assert read("tiktok", 200, body, headers).request_id == found


def test_a_missing_permission_is_named() -> None:
    body = {
        "error": {
            "code": "scope_permission_missed",
            "message": "Some fields need user.info.stats and video.list.",
        }
    }

    assert classify_partner_error("tiktok", 400, body).required_scopes == ("user.info.stats", "video.list")


def test_a_token_errors_word_is_understood_inside_the_envelope() -> None:
    body = {"error": {"code": "invalid_grant", "message": "Refresh token is invalid or expired."}}

    assert classify_partner_error("tiktok", 400, body, operation="refresh").code is ErrorCode.AUTH_REVOKED


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("spam_risk_something_new", ErrorCode.SPAM_BLOCKED),
        ("bitrate_check_failed", ErrorCode.MEDIA_INVALID),
        ("audio_pull_failed", ErrorCode.MEDIA_INVALID),
        ("something_else", ErrorCode.UNKNOWN),
    ],
)
def test_an_unlisted_reason_falls_to_its_family(reason: str, code: ErrorCode) -> None:
    body = {"data": {"status": "FAILED", "fail_reason": reason}, "error": {"code": "ok"}}

    assert classify_partner_error("tiktok", 200, body).code is code


def test_an_unlisted_reason_proves_nothing_so_nothing_is_published_again() -> None:
    body = {"data": {"status": "FAILED", "fail_reason": "something_else"}, "error": {"code": "ok"}}

    assert not classify_partner_error("tiktok", 200, body).proof


@pytest.mark.parametrize("status", [403, 404])
def test_an_upload_address_that_ended_pauses_nobody(status: int) -> None:
    context = CallContext(object_kind="media")

    assert classify_partner_error("tiktok", status, b"", context=context).code is ErrorCode.MEDIA_NOT_READY


@pytest.mark.parametrize(
    ("operation", "code"),
    [("refresh", ErrorCode.APP_SUSPENDED), ("publish", ErrorCode.APP_SUSPENDED)],
)
def test_our_own_wrong_secret_pauses_no_connection(operation: str, code: ErrorCode) -> None:
    body = {"error": "invalid_client", "error_description": "Client key or secret is incorrect."}

    assert classify_partner_error("tiktok", 200, body, operation=operation).code is code
