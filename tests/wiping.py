"""Empties the tables that a test filled. Django's TRUNCATE of every table and partition costs more than most tests."""

from collections.abc import Callable

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import TransactionTestCase

# What a migration leaves behind, and no test changes: to make it anew took a third of the suite's time.
_KEPT = frozenset({"django_content_type", "auth_permission", "auth_group", "auth_group_permissions"})


def plug() -> BaseDatabaseWrapper:
    """
    Let this process's test database be emptied so, where its role may; elsewhere Django does it.

    Returns the connection that does it, to be closed at the end. It is kept from test to test: what it looks for and
    deletes is planned once.
    """
    wiper = connections["default"].copy("wiping")
    wiper.settings_dict["OPTIONS"]["prepare_threshold"] = 0
    with wiper.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        (may,) = cursor.fetchone()
    if may:
        TransactionTestCase._fixture_teardown = _wipe(wiper)
    return wiper


def _wipe(wiper: BaseDatabaseWrapper) -> Callable[[TransactionTestCase], None]:
    names = wiper.introspection.django_table_names(only_existing=True, include_views=False)
    tables = [wiper.ops.quote_name(name) for name in names if name not in _KEPT]
    filled = " UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT FROM {table})" for table in tables)  # noqa: S608 - names of our own
    with wiper.cursor() as cursor:
        # A superuser's replica passes the foreign keys, and the guards of the event log.
        cursor.execute("SET session_replication_role = replica")

    def wipe(_test: TransactionTestCase) -> None:
        with wiper.cursor() as cursor:
            cursor.execute(filled)
            for (table,) in cursor.fetchall():
                cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - names of our own

    return wipe
