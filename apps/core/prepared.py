"""Runs the hot path's statements prepared on the server: planning them anew took longer than running them."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
import psycopg
from django.conf import settings
from django.db import connection
from psycopg.adapt import AdaptersMap
from psycopg.types.string import TextLoader


class _Cursor(psycopg.Cursor[tuple[Any, ...]]):
    """Reads with the driver's own compiled loaders: Django's for times is written in Python. JSON stays text."""

    adapters = AdaptersMap(psycopg.adapters)
    adapters.register_loader("jsonb", TextLoader)


# A NUL as JSON writes it; after an odd backslash it is the six characters that somebody wrote about it.
_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


def rowset(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows as the one parameter that jsonb_to_recordset reads; jsonb refuses NUL, and partners have sent it."""
    text = orjson.dumps(rows, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
    return _NUL.sub(r"\1", text) if "\\u0000" in text else text


def ask(statement: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """
    Run a statement on this thread's connection and return its rows, if it has any.

    Parameters travel beside the statement instead of being quoted into it. A statement must name the columns that it
    returns: `SELECT *` breaks when a migration adds one. On an engine worker's connections it is planned once (ADR 18);
    behind a pooler (REKNIT_DATABASE_POOLED) each transaction may meet another server process, and nothing is prepared.

    :raises OperationalError: as Django's own cursors do, when the database is away.
    """
    connection.ensure_connection()
    with connection.wrap_database_errors, _Cursor(connection.connection) as cursor:
        cursor.execute(statement, parameters, prepare=not settings.DATABASE_POOLED)
        return cursor.fetchall() if cursor.description else []
