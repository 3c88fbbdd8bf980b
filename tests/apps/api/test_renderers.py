"""Answers of the API are written as the framework writes them, only sooner."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.utils.translation import gettext_lazy
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.renderers import JSONRenderer

from apps.api.renderers import QuickJSONRenderer

READABLE = st.text(st.characters(exclude_categories=["Cs"]))
TIMES = st.datetimes(timezones=st.just(UTC))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | READABLE | TIMES | st.uuids(),
    lambda inner: st.lists(inner) | st.dictionaries(READABLE, inner),
    max_leaves=12,
)


@given(VALUES.filter(lambda value: value is not None))
def test_an_answer_reads_as_the_framework_would_have_written_it(value: object) -> None:
    assert json.loads(QuickJSONRenderer().render(value)) == json.loads(JSONRenderer().render(value))


@pytest.mark.parametrize(
    "value",
    [
        datetime(2026, 11, 27, 8, 30, 0, 120_000, tzinfo=UTC),
        date(2026, 11, 27),
        timedelta(minutes=3),
        Decimal("1.20"),
        UUID(int=7),
        gettext_lazy("Paused"),
        {1: "one"},
        2**70,
    ],
    ids=str,
)
def test_what_json_has_no_word_for_is_written_as_before(value: object) -> None:
    assert QuickJSONRenderer().render([value]) == JSONRenderer().render([value])


def test_no_content_is_no_body() -> None:
    assert QuickJSONRenderer().render(None) == b""
