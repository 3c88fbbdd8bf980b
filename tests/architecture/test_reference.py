"""Generated pages are what the code would write today."""

from pathlib import Path

from apps.connections import reference as formats
from apps.errors import reference as errors
from apps.jobs import limits_reference as limits
from apps.webhooks.catalogue import reference as events
from config import settings_reference as settings
from config.observability import metrics_reference as metrics

ROOT = Path(__file__).parents[2]


def test_the_reference_of_errors_is_up_to_date() -> None:
    page = (ROOT / "docs" / "reference" / "errors.md").read_text(encoding="utf-8")

    assert page == errors.markdown(), "Run `make reference`."


def test_the_reference_of_formats_is_up_to_date() -> None:
    page = (ROOT / "docs" / "reference" / "formats.md").read_text(encoding="utf-8")

    assert page == formats.markdown(), "Run `make reference`."


def test_the_reference_of_limits_is_up_to_date() -> None:
    page = (ROOT / "docs" / "reference" / "limits.md").read_text(encoding="utf-8")

    assert page == limits.markdown(), "Run `make reference`."


def test_the_reference_of_events_is_up_to_date() -> None:
    page = (ROOT / "docs" / "reference" / "events.md").read_text(encoding="utf-8")

    assert page == events.markdown(), "Run `make reference`."


def test_the_reference_of_metrics_is_up_to_date() -> None:
    page = (ROOT / "docs" / "reference" / "metrics.md").read_text(encoding="utf-8")

    assert page == metrics.markdown(), "Run `make reference`."


def test_the_reference_of_settings_is_up_to_date() -> None:
    page = (ROOT / "docs" / "reference" / "settings.md").read_text(encoding="utf-8")

    assert page == settings.markdown(), "Run `make reference`."
    assert [one.name for rows in settings.settings().values() for one in rows if not one.words] == []
