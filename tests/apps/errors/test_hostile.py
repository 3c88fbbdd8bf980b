"""Whatever a partner sends, it gets a name, always the same. How quickly is measured by `make bench ONLY=classify`."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.errors.classifier import classify_partner_error
from apps.errors.codes import ErrorCode
from apps.errors.reading.answer import DEEPEST
from apps.errors.rules.tables import TABLES

PLATFORMS = sorted(TABLES)
READ = 64 * 1024  # bytes of a body that are looked at, so that no body can be dear


def nested(depth: int) -> str:
    """Return JSON of this depth."""
    return '{"error":' * depth + '{"code": 190}' + "}" * depth


HOSTILE: dict[str, object] = {
    "a megabyte of one letter": b"a" * 1_000_000,
    "a megabyte of brackets": b"[" * 1_000_000,
    "objects in objects": nested(5000),
    "an array of a million": b"[" + b"1," * 500_000 + b"1]",
    "a huge number": '{"error": {"code": ' + "9" * 60_000 + "}}",
    "a long message": {"error": {"message": "token expired " * 10_000, "code": "x" * 100_000}},
    "almost a secret": {"error": {"message": "access_token=" * 5_000}},
    "many quotes": {"error": {"message": "\"'" * 30_000}},
    "many digits and dashes": {"message": "1-" * 30_000},
    "half a UTF-16": b"\xff\xfe" * 30_000,
    "a wide object": {str(number): number for number in range(20_000)},
    "many fields": {"error": {"details": [{"reason": "x" * 100, "metadata": {"a": "b"}}] * 5_000}},
    "many errors": {"title": "x", "errors": [{"field": "f", "message": "m" * 500}] * 2_000},
    "a web page": "<!DOCTYPE html>" + "<div>" * 100_000,
    "text in JSON in text": json.dumps(json.dumps(json.dumps({"error": {"code": 190}}))),
}


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_body_gets_a_name(platform: str, case: str) -> None:
    assert classify_partner_error(platform, 400, HOSTILE[case]).code in ErrorCode


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("case", [name for name, body in HOSTILE.items() if isinstance(body, bytes)])
def test_what_lies_beyond_the_first_64_kib_is_not_looked_at(platform: str, case: str) -> None:
    body = HOSTILE[case]
    assert isinstance(body, bytes)

    whole, beginning = (classify_partner_error(platform, 400, one) for one in (body, body[:READ]))

    assert (whole.code, whole.rule_id, whole.evidence) == (
        beginning.code,
        beginning.rule_id,
        beginning.evidence,
    )


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("depth", [1, 5, DEEPEST - 2, DEEPEST, DEEPEST + 5, 2000])
def test_depth_changes_no_promise(platform: str, depth: int) -> None:
    assert classify_partner_error(platform, 500, nested(depth)).code in ErrorCode


@given(
    st.sampled_from(PLATFORMS),
    st.integers(),
    st.binary(max_size=300),
    st.dictionaries(
        st.sampled_from(["Retry-After", "Date", "WWW-Authenticate", "X-Business-Use-Case-Usage", "x"]),
        st.text(max_size=50) | st.integers() | st.none() | st.binary(max_size=20),
    ),
)
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no finding
def test_no_header_breaks_it(platform: str, status: int, body: bytes, headers: dict[str, object]) -> None:
    first, second = (classify_partner_error(platform, status, body, headers) for _ in range(2))

    assert first.code in ErrorCode
    # A date without the partner's own clock is measured by ours: only the wait may differ.
    assert (first.code, first.rule_id, first.evidence) == (second.code, second.rule_id, second.evidence)
