"""Google's answers come in many wrappings; what was said is the same."""

import pytest

from apps.errors.classifier import classify_partner_error
from apps.errors.codes import ErrorCode
from apps.errors.reading.answer import Reading
from apps.errors.reading.partners import read

DENIED = {"code": 403, "message": "The caller does not have permission", "status": "PERMISSION_DENIED"}
MANAGE = "https://www.googleapis.com/auth/business.manage"


def _read(body: object, status: int = 400, headers: object = None) -> Reading:
    return read("gbp", status, body, headers)


@pytest.mark.parametrize(
    "body",
    [{"error": DENIED}, [{"error": DENIED}], DENIED, {"code": 7, "message": DENIED["message"]}],
    ids=["usual", "in a list", "bare", "gRPC number"],
)
def test_a_refusal_is_read_in_every_wrapping(body: object) -> None:
    assert "status:permission_denied" in _read(body, 403).words


def test_the_rest_of_a_cut_off_answer_is_read() -> None:
    said = _read(
        '{"error": {"code": 403, "message": "Nope", "status": "PERMISSION_DENIED", "det (truncated', 403
    )

    assert (said.words, said.message) == ({"status:permission_denied"}, "Nope")


def test_an_answer_printed_into_a_log_line_is_read() -> None:
    said = _read(r"GaxiosError: {\"error\":{\"status\":\"RESOURCE_EXHAUSTED\"}}", 429)

    assert "status:resource_exhausted" in said.words


def test_a_refusal_under_200_has_the_status_that_it_states() -> None:
    said = _read([{"error": {"code": "503", "status": "UNAVAILABLE"}}], 200)

    assert (said.status, said.failed) == (503, True)


def test_a_resource_with_a_status_of_its_own_is_no_failure() -> None:
    assert not _read({"name": "locations/1", "status": "OPEN"}, 200).failed


@pytest.mark.parametrize("reason", ["QUOTA_EXCEEDED", "quotaExceeded"])
def test_a_reason_is_the_same_in_both_spellings(reason: str) -> None:
    assert "reason:quotaexceeded" in _read({"error": {"details": [{"reason": reason}]}}).words


def test_legacy_reasons_and_new_ones_are_one_vocabulary() -> None:
    assert "reason:autherror" in _read({"error": {"errors": [{"reason": "authError"}]}}).words


def test_a_retry_delay_with_decimals_is_a_wait() -> None:
    assert _read({"error": {"details": [{"retryDelay": "37.5s"}]}}, 429).retry_after == 37.5


def test_a_quota_of_nothing_is_noticed_as_text() -> None:
    body = {"error": {"details": [{"metadata": {"quota_limit_value": "0", "quota_unit": "1/min/{project}"}}]}}

    assert _read(body, 429).words == {"quota:zero"}


@pytest.mark.parametrize(
    "detail",
    [
        {"metadata": {"quota_unit": "1/d/{project}"}},
        {"violations": [{"quotaId": "RequestsPerDayPerProject"}]},
    ],
)
def test_a_daily_quota_is_known_by_unit_or_name(detail: object) -> None:
    assert _read({"error": {"details": [detail]}}, 429).words == {"quota:day"}


@pytest.mark.parametrize(
    ("problem", "kind"),
    [
        ({"field": "media[0].source_url", "code": 5}, "field:media"),
        ({"field": "", "code": 1001}, "field:media"),
        ({"field": "summary", "code": 3}, "field:content"),
        ({"field": "update_mask", "code": 3}, "field:request"),
        ({"field": "summary", "message": "Invalid JSON payload received."}, "field:request"),
    ],
)
def test_a_field_is_media_text_or_ours(problem: object, kind: str) -> None:
    assert kind in _read({"error": {"details": [{"errorDetails": [problem]}]}}).words


def test_a_code_is_known_by_its_range() -> None:
    assert "problem:13" in _read({"error": {"details": [{"errorDetails": [{"code": 1301}]}]}}).words


def test_a_rejected_post_is_a_failure_under_200() -> None:
    said = _read({"name": "accounts/1/locations/2/localPosts/3", "state": "REJECTED"}, 200)

    assert (said.failed, said.words) == (True, {"state:rejected"})


def test_missing_scopes_are_read_from_the_challenge() -> None:
    header = {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{MANAGE} {MANAGE}"'}

    assert _read({"error": DENIED}, 403, header).scopes == (MANAGE,)


def test_missing_scopes_reach_the_classification() -> None:
    body = {"error": {**DENIED, "message": f"Request had insufficient authentication scopes. Needs {MANAGE}"}}

    assert classify_partner_error("gbp", 403, body).required_scopes == (MANAGE,)


def test_a_token_answer_has_a_text_where_others_have_an_object() -> None:
    said = _read({"error": "invalid_grant", "error_subtype": "invalid_rapt"})

    assert said.words == {"oauth:invalid_grant", "subtype:invalid_rapt"}


@pytest.mark.parametrize(
    "body", [{"error": None}, {"error": 7}, {"error": []}, [[]], [None], {"details": 5}, 7]
)
def test_a_body_of_the_wrong_shape_is_not_known(body: object) -> None:
    assert classify_partner_error("gbp", 200, body).code is ErrorCode.UNKNOWN


def test_a_refused_write_is_proven_by_400_and_not_by_500() -> None:
    refused = classify_partner_error("gbp", 400, {"error": {"status": "INVALID_ARGUMENT"}})
    broken = classify_partner_error("gbp", 500, {"error": {"status": "INTERNAL"}})

    assert (refused.proof, broken.proof) == (True, False)
