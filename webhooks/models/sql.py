"""Raw SQL on both databases: the few differences between PostgreSQL and SQLite, in one place."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from django.db import connection
from django.utils.duration import duration_microseconds
from psycopg.types.json import Jsonb


def is_postgresql() -> bool:
    """Whether the default database is PostgreSQL (SQLite otherwise)."""
    return connection.vendor == "postgresql"


def adapt(value: Any) -> Any:
    """A Python value as a parameter: SQLite keeps Django's own forms of ids, times and JSON."""
    if is_postgresql():
        return Jsonb(value, orjson.dumps) if isinstance(value, dict) else value
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, timedelta):
        return duration_microseconds(value)
    return json.dumps(value) if isinstance(value, dict) else value


def as_uuid(value: Any) -> UUID:
    """An id column of a raw row."""
    return value if isinstance(value, UUID) else UUID(value)


def as_time(value: Any) -> datetime:
    """A time column of a raw row, aware, in UTC."""
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def as_duration(value: Any) -> timedelta:
    """A duration column of a raw row."""
    return value if isinstance(value, timedelta) else timedelta(microseconds=value)


def now() -> datetime:
    """By the database's clock, which all machines share."""
    if not is_postgresql():
        return datetime.now(UTC)
    return as_time(rows("SELECT clock_timestamp()")[0][0])


def rows(sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Run a statement that returns rows (a query, or an UPDATE … RETURNING)."""
    with connection.cursor() as cursor:
        cursor.execute(sql, [adapt(value) for value in params])
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def execute(sql: str, params: Sequence[Any] = ()) -> None:
    """Run a statement that returns nothing."""
    with connection.cursor() as cursor:
        cursor.execute(sql, [adapt(value) for value in params])


def insert(table: str, columns: Mapping[str, str], batch: Sequence[Sequence[Any]]) -> None:
    """Insert rows; `columns` says each one's type on PostgreSQL. Raises ValueError for text that is no Unicode.

    There as one JSON document: a row of 16 columns costs this side 4 µs, where arrays cost 60 and a COPY, which
    row-level security does not allow, costs 9.
    """
    names = ", ".join(columns)
    if not is_postgresql():
        statement = f"INSERT INTO {table} ({names}) VALUES ({placeholders(len(columns))})"
        with connection.cursor() as cursor:
            cursor.executemany(statement, [[adapt(value) for value in row] for row in batch])
    elif batch:
        try:
            document = orjson.dumps([dict(zip(columns, row, strict=True)) for row in batch]).decode()
        except orjson.JSONEncodeError as exc:
            raise ValueError(str(exc)) from exc
        typed = ", ".join(map(" ".join, columns.items()))
        execute(f"INSERT INTO {table} ({names}) SELECT * FROM json_to_recordset(%s::json) AS o({typed})", [document])


def placeholders(count: int) -> str:
    """`%s, %s, …` for an IN list."""
    return ", ".join(["%s"] * count)


def among(ids: Sequence[UUID]) -> tuple[str, list[Any]]:
    """The condition that a column is one of `ids`, and its parameters."""
    if is_postgresql():
        return "= ANY(%s)", [list(ids)]
    return f"IN ({placeholders(len(ids))})", list(ids)


def relation(batch: Sequence[Sequence[Any]], types: Sequence[str]) -> tuple[str, list[Any]]:
    """Rows as something to put behind FROM, with columns `column1`, `column2` …, and its parameters.

    PostgreSQL takes one array for each column: an eighth of the CPU that a VALUES list of single parameters costs.
    """
    if is_postgresql():
        arrays = ", ".join(f"%s::{kind}[]" for kind in types)
        names = ", ".join(f"column{number}" for number in range(1, len(types) + 1))
        return f"unnest({arrays}) AS o({names})", [list(column) for column in zip(*batch, strict=True)]
    rows_of_values = ", ".join([f"({placeholders(len(types))})"] * len(batch))
    return f"(VALUES {rows_of_values}) AS o", [value for row in batch for value in row]


def how_many_up_to(column: str, edges: Sequence[Any], kind: str) -> tuple[str, list[Any]]:
    """How many of the ascending edges, of this type on PostgreSQL, a column's value has reached; null for null."""
    if is_postgresql():
        return f"width_bucket({column}, %s::{kind}[])", [list(edges)]
    cases = " ".join(f"WHEN {column} < %s THEN {number}" for number in range(len(edges)))
    return f"CASE WHEN {column} IS NULL THEN NULL {cases} ELSE {len(edges)} END", list(edges)


def newest(column: str) -> str:
    """The last of the ids in a group. PostgreSQL 15 has no max() of them."""
    return f'max({column}::text COLLATE "C")::uuid' if is_postgresql() else f"max({column})"


def share_locked() -> str:
    """Rows are held as they are until the transaction ends, and read as they are then."""
    return "FOR SHARE SKIP LOCKED" if is_postgresql() else ""


def for_update() -> str:
    """The rows are this transaction's until it ends."""
    return "FOR UPDATE" if is_postgresql() else ""


def skip_locked(of: str = "") -> str:
    """Rows another worker is taking are passed over. SQLite has one writer at a time and needs no such clause."""
    return f"FOR UPDATE {of} SKIP LOCKED" if is_postgresql() else ""
