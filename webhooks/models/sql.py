"""Raw SQL on both databases: the few differences between PostgreSQL and SQLite, in one place."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg.types.json import Jsonb


def is_postgresql() -> bool:
    """Whether the default database is PostgreSQL (SQLite otherwise)."""
    return connection.vendor == "postgresql"


def adapt(value: Any) -> Any:
    """A Python value as a parameter: SQLite keeps Django's own forms of ids, times and JSON."""
    if is_postgresql():
        return Jsonb(value) if isinstance(value, dict) else value
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return json.dumps(value) if isinstance(value, dict) else value


def as_uuid(value: Any) -> UUID:
    """An id column of a raw row."""
    return value if isinstance(value, UUID) else UUID(value)


def as_time(value: Any) -> datetime:
    """A time column of a raw row, aware, in UTC."""
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def rows(sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Run a statement that returns rows (a query, or an UPDATE … RETURNING)."""
    with connection.cursor() as cursor:
        cursor.execute(sql, [adapt(value) for value in params])
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def execute_many(sql: str, batch: Iterable[Sequence[Any]]) -> None:
    """Run one statement for each tuple of parameters."""
    with connection.cursor() as cursor:
        cursor.executemany(sql, [[adapt(value) for value in params] for params in batch])


def placeholders(count: int) -> str:
    """`%s, %s, …` for an IN list."""
    return ", ".join(["%s"] * count)


def values(batch: Sequence[Sequence[Any]], types: Sequence[str]) -> tuple[str, list[Any]]:
    """A VALUES list with its parameters. PostgreSQL takes column types from the first row, hence the casts."""
    plain = f"({placeholders(len(types))})"
    first = f"({', '.join(f'%s::{kind}' for kind in types)})" if is_postgresql() else plain
    return ", ".join([first] + [plain] * (len(batch) - 1)), [value for row in batch for value in row]


def skip_locked(of: str = "") -> str:
    """Rows another worker is taking are passed over. SQLite has one writer at a time and needs no such clause."""
    return f"FOR UPDATE {of} SKIP LOCKED" if is_postgresql() else ""
