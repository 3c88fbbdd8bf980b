"""Runs the hot path's statements prepared on the server: planning them anew took longer than running them."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import connection
from psycopg import Cursor


def ask(statement: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """
    Run a statement on this thread's connection and return its rows, if it has any.

    Parameters travel beside the statement instead of being quoted into it. A statement must name the columns that it
    returns: `SELECT *` breaks when a migration adds one. Behind a pooler each transaction may meet another server
    process, so there nothing is prepared (REKNIT_DATABASE_POOLED).

    :raises OperationalError: as Django's own cursors do, when the database is away.
    """
    connection.ensure_connection()
    with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
        cursor.execute(statement, parameters, prepare=not settings.DATABASE_POOLED)
        return cursor.fetchall() if cursor.description else []
