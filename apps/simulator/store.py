"""State and ledger in one SQLite file, so that the judge does not live in the database under test."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS thing (
    kind TEXT NOT NULL, id TEXT NOT NULL, platform TEXT NOT NULL, owner TEXT NOT NULL DEFAULT '', data TEXT NOT NULL,
    PRIMARY KEY (kind, id)
);
CREATE INDEX IF NOT EXISTS thing_of_owner ON thing (kind, platform, owner);
CREATE TABLE IF NOT EXISTS ledger (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, platform TEXT NOT NULL, account TEXT NOT NULL, operation TEXT NOT NULL,
    remote_id TEXT NOT NULL, text TEXT NOT NULL, link TEXT NOT NULL, created_at REAL NOT NULL, deleted_at REAL
);
CREATE TABLE IF NOT EXISTS call (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, platform TEXT NOT NULL, account TEXT NOT NULL, operation TEXT NOT NULL,
    method TEXT NOT NULL, path TEXT NOT NULL, status INTEGER NOT NULL, at REAL NOT NULL
);
"""


class Store:
    """Things by kind and id, the ledger of what went public, and the list of calls on the wire."""

    def __init__(self, file: Path) -> None:
        self._db = sqlite3.connect(file, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.executescript(_SCHEMA)

    def put(
        self, kind: str, key: str, platform: str, data: dict[str, Any], *, owner: str = ""
    ) -> dict[str, Any]:
        """Write a thing, new or changed."""
        self._db.execute(
            "INSERT INTO thing VALUES (?, ?, ?, ?, ?) ON CONFLICT (kind, id) DO UPDATE SET data = excluded.data, owner = excluded.owner",
            (kind, key, platform, owner, json.dumps(data)),
        )
        return data

    def get(self, kind: str, key: str) -> dict[str, Any] | None:
        """Return a thing, or None."""
        row = self._db.execute("SELECT data FROM thing WHERE kind = ? AND id = ?", (kind, key)).fetchone()
        found: dict[str, Any] | None = json.loads(row["data"]) if row else None
        return found

    def all(self, kind: str, platform: str, *, owner: str | None = None) -> Iterator[dict[str, Any]]:
        """Return the things of a kind at a platform, oldest first."""
        query, values = "SELECT data FROM thing WHERE kind = ? AND platform = ?", [kind, platform]
        if owner is not None:
            query, values = f"{query} AND owner = ?", [*values, owner]
        for row in self._db.execute(f"{query} ORDER BY rowid", values).fetchall():
            yield json.loads(row["data"])

    def remove(self, kind: str, key: str) -> None:
        """Forget a thing."""
        self._db.execute("DELETE FROM thing WHERE kind = ? AND id = ?", (kind, key))

    def publish(
        self, *, platform: str, account: str, operation: str, remote_id: str, text: str, link: str, at: float
    ) -> None:
        """Write into the ledger that something went public; on disk before the partner answers."""
        self._db.execute(
            "INSERT INTO ledger (platform, account, operation, remote_id, text, link, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (platform, account, operation, remote_id, text, link, at),
        )

    def unpublish(self, remote_id: str, at: float) -> None:
        """Note in the ledger that it was deleted."""
        self._db.execute(
            "UPDATE ledger SET deleted_at = ? WHERE remote_id = ? AND deleted_at IS NULL", (at, remote_id)
        )

    def ledger(self, platform: str = "", account: str = "") -> list[dict[str, Any]]:
        """Return what went public, oldest first."""
        rows = self._db.execute(
            "SELECT * FROM ledger WHERE (? = '' OR platform = ?) AND (? = '' OR account = ?) ORDER BY seq",
            (platform, platform, account, account),
        )
        return [dict(row) for row in rows]

    def note_call(self, **call: Any) -> None:
        """Remember one request on the wire."""
        self._db.execute(
            "INSERT INTO call (platform, account, operation, method, path, status, at) VALUES (:platform, :account, :operation, :method, :path, :status, :at)",
            call,
        )

    def calls(self, **wanted: str) -> list[dict[str, Any]]:
        """Return requests by platform, account and operation (empty: any), oldest first."""
        rows = self._db.execute(
            "SELECT * FROM call WHERE (:platform = '' OR platform = :platform) AND (:account = '' OR account = :account)"
            " AND (:operation = '' OR operation = :operation) ORDER BY seq",
            {"platform": "", "account": "", "operation": "", **wanted},
        )
        return [dict(row) for row in rows]

    def reset(self) -> None:
        """Forget everything."""
        for table in ("thing", "ledger", "call"):
            self._db.execute(f"DELETE FROM {table}")  # noqa: S608 - our own three names
