"""What every test may use."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connections

from apps.core import clock


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """One database for each worker of the suite."""


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Time can be moved in the test database, and Django's flush may empty the event log (its refusal has a test)."""
    with django_db_blocker.unblock(), connections["default"].cursor() as cursor:
        clock.ensure_table()
        cursor.execute("ALTER TABLE events_event DISABLE TRIGGER event_log_is_never_emptied")


@pytest.fixture
def at() -> datetime:
    """A fixed moment for tests that need no database."""
    return datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def committed(transactional_db: None) -> Iterator[None]:
    """For tests with threads and processes: rows are really committed and wiped afterwards."""
    yield
    clock.reset()
    connections.close_all()
