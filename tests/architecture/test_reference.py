"""Generated pages are what the code would write today."""

from pathlib import Path

from apps.errors import reference

ROOT = Path(__file__).parents[2]


def test_the_reference_of_errors_is_up_to_date() -> None:
    page = (ROOT / "docs" / "reference" / "errors.md").read_text(encoding="utf-8")

    assert page == reference.markdown(), "Run `make reference`."
