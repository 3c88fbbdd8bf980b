"""What the hot path's rows look like on their way to the database."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.prepared import ask, rowset


@given(st.lists(st.sampled_from(["\\", "\x00", "u0000", "a"]), max_size=12).map("".join))
def test_only_nul_is_left_out_of_a_text(text: str) -> None:
    (row,) = json.loads(rowset([{"text": text}]))

    assert row["text"] == text.replace("\x00", "")


@pytest.mark.django_db
def test_a_partner_that_sends_nul_does_not_stop_a_row() -> None:
    rows = rowset([{"text": "a\x00b"}])

    found = ask("SELECT r.text FROM jsonb_to_recordset(%(rows)s) AS r(text text)", {"rows": rows})

    assert found == [("ab",)]
