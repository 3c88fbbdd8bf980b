"""Every partner answer gets its name; no answer breaks the classifier."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.errors.classification import CallContext
from apps.errors.classifier import classify_partner_error
from apps.errors.codes import ErrorAction, ErrorCode, ErrorKind, ErrorSeverity
from apps.errors.messages import OPERATOR, USER
from apps.errors.rules.tables import TABLES
from apps.errors.taxonomy import TAXONOMY, get_user_message

ANSWERS = [
    json.loads(line)
    for line in (Path(__file__).parent / "fixtures" / "partner_answers.jsonl").read_text().splitlines()
]
PLATFORMS = sorted(TABLES)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["error", "code", "message", "data", "status", "details", "errors", "x"])
            | st.text(),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


def test_names_at_least_98_of_100_answers_seen_in_public() -> None:
    right = sum(_code(answer) in _accepted(answer) for answer in ANSWERS)

    assert right / len(ANSWERS) >= 0.98


def test_does_the_right_thing_about_99_of_100() -> None:
    right = sum(
        TAXONOMY[_code(answer)].action in {TAXONOMY[code].action for code in _accepted(answer)}
        for answer in ANSWERS
    )

    assert right / len(ANSWERS) >= 0.99


def _accepted(answer: dict[str, Any]) -> set[ErrorCode]:
    return {ErrorCode(code) for code in [answer["code"], *answer.get("also", [])]}


def _code(answer: dict[str, object]) -> ErrorCode:
    found = classify_partner_error(
        str(answer["platform"]),
        int(str(answer["status"])),
        answer["body"],
        answer["headers"],
        operation=str(answer["operation"]),
    )
    return found.code


@pytest.mark.parametrize(
    ("_case", "platform", "status", "body", "operation", "code"),
    [
        (
            "user removed the app",
            "meta",
            400,
            {"error": {"code": 190, "error_subcode": 458}},
            "publish",
            ErrorCode.APP_DEAUTHORIZED,
        ),
        (
            "our own app id is wrong",
            "meta",
            400,
            {"error": {"code": 190, "message": "Error validating application."}},
            "oauth",
            ErrorCode.APP_SUSPENDED,
        ),
        (
            "Meta says that it passes",
            "meta",
            400,
            {"error": {"code": 190, "is_transient": True}},
            "publish",
            ErrorCode.PARTNER_5XX,
        ),
        (
            "code in the text only",
            "meta",
            400,
            {"error": {"message": "(#200) Permissions error"}},
            "publish",
            ErrorCode.PERMISSION_INSUFFICIENT,
        ),
        (
            "a limit under status 400",
            "meta",
            400,
            {"error": {"code": 4}},
            "publish",
            ErrorCode.RATE_LIMIT_429,
        ),
        (
            "a dead refresh token",
            "linkedin",
            400,
            {
                "error": "invalid_request",
                "error_description": "The provided authorization grant or refresh token is invalid, expired or revoked.",
            },
            "refresh",
            ErrorCode.AUTH_REVOKED,
        ),
        (
            "a sunset version",
            "linkedin",
            426,
            {"code": "NONEXISTENT_VERSION"},
            "publish",
            ErrorCode.API_VERSION_DEPRECATED,
        ),
        (
            "an error under status 200",
            "tiktok",
            200,
            {"error": {"code": "access_token_invalid"}},
            "publish",
            ErrorCode.AUTH_EXPIRED,
        ),
        (
            "a quota of zero",
            "gbp",
            429,
            {
                "error": {
                    "status": "RESOURCE_EXHAUSTED",
                    "details": [{"metadata": {"quota_limit_value": "0"}}],
                }
            },
            "publish",
            ErrorCode.APP_SUSPENDED,
        ),
        (
            "a front-end page",
            "gbp",
            404,
            "<!DOCTYPE html><title>Error 404</title>",
            "publish",
            ErrorCode.INVALID_REQUEST,
        ),
        (
            "a firewall",
            "mailchimp",
            503,
            {"type": "akamai_error_message", "title": "akamai_503"},
            "publish",
            ErrorCode.SPAM_BLOCKED,
        ),
        ("nothing we know", "meta", 418, "teapot", "publish", ErrorCode.UNKNOWN),
    ],
)
def test_knows(_case: str, platform: str, status: int, body: object, operation: str, code: ErrorCode) -> None:
    assert classify_partner_error(platform, status, body, operation=operation).code is code


@pytest.mark.parametrize(
    ("about", "code"),
    [
        ("account", ErrorCode.ACCOUNT_NOT_FOUND),
        ("post", ErrorCode.RESOURCE_NOT_FOUND),
        ("container", ErrorCode.MEDIA_NOT_READY),
    ],
)
def test_the_same_words_mean_different_things_by_what_they_are_about(about: str, code: ErrorCode) -> None:
    body = {"error": {"code": 100, "error_subcode": 33}}

    found = classify_partner_error(
        "meta", 400, body, operation="delete", context=CallContext(object_kind=about)
    )

    assert found.code is code


def test_an_authors_own_words_decide_nothing() -> None:
    body = {
        "status": 422,
        "message": "ERROR :: /content :: my post says: token expired, rate limit, Content is a duplicate of urn:li:share:1",
    }

    assert classify_partner_error("linkedin", 422, body).code is ErrorCode.INVALID_REQUEST


def test_a_500_on_a_write_proves_no_refusal() -> None:
    assert not classify_partner_error("meta", 500, {"error": {"code": 1}}).proof


def test_evidence_holds_no_token() -> None:
    body = {"error": {"code": 190, "message": "Error validating access token: EAABsbCS1iHgBO7ZC0aVZB"}}

    assert "EAAB" not in classify_partner_error("meta", 400, body).partner_message


@given(
    st.sampled_from(PLATFORMS),
    st.integers(0, 999),
    st.binary() | st.text() | JSON,
    st.dictionaries(st.text(), st.text()),
)
def test_no_answer_breaks_it(platform: str, status: int, body: object, headers: dict[str, str]) -> None:
    first = classify_partner_error(platform, status, body, headers)

    assert first.code in ErrorCode
    assert first == classify_partner_error(platform, status, body, headers)


@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b'{"a":' * 50_000, "9" * 70_000, {"error": {"code": 10**5000}}, b"\xff\xfe\x00"]
)
def test_hostile_bodies_get_a_name_too(body: object) -> None:
    assert all(classify_partner_error(platform, 400, body).code in ErrorCode for platform in PLATFORMS)


class TestTaxonomy:
    def test_has_an_entry_and_two_messages_for_every_code(self) -> None:
        assert set(TAXONOMY) == set(USER) == set(OPERATOR) == set(ErrorCode)

    def test_counts(self) -> None:
        assert (len(ErrorCode), len(ErrorAction), len(ErrorSeverity), len(ErrorKind)) == (31, 8, 5, 6)

    @pytest.mark.parametrize("code", list(ErrorCode))
    def test_users_read_no_jargon(self, code: ErrorCode) -> None:
        words = get_user_message(code, "meta").lower()

        assert not [
            jargon
            for jargon in ("token", "oauth", "scope", "error", "code", "api", "http", "_")
            if jargon in words.replace("unscoped", "")
        ]

    @pytest.mark.parametrize("platform", PLATFORMS)
    def test_rule_ids_are_unique(self, platform: str) -> None:
        ids = [rule.id for rule in TABLES[platform]]

        assert len(ids) == len(set(ids))


@pytest.mark.parametrize("about", ["post", "media"])
def test_a_missing_post_pauses_no_connection(about: str) -> None:
    body = {"error": {"code": 100, "error_subcode": 33}}

    found = classify_partner_error("meta", 400, body, context=CallContext(object_kind=about))

    assert not found.entry.pauses_connection


@pytest.mark.parametrize(
    ("platform", "body"), [("tiktok", ""), ("gbp", "<html><title>Error 403</title></html>"), ("meta", b"")]
)
def test_a_bare_403_pauses_no_connection(platform: str, body: object) -> None:
    assert not classify_partner_error(platform, 403, body).entry.pauses_connection


def test_nothing_that_is_kept_can_break_the_database_or_leak() -> None:
    body = {"title": "Bearer abcdef0123456789 \x00\ud800", "detail": "x\x00\ud800", "instance": "\x00\ud800"}

    found = classify_partner_error("mailchimp", 400, body)

    kept = "".join(
        [found.partner_code, found.partner_message, found.partner_request_id, *found.evidence.values()]
    )
    assert not [sign for sign in ("\x00", "\ud800", "abcdef0123456789") if sign in kept]
