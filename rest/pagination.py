"""Keyset pagination, newest first: a page costs the same wherever it is, because ids are ordered by time."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Callable, Collection
from typing import Annotated, Any, TypeVar
from uuid import UUID

from django.db import connection
from django.db.models import Model, QuerySet
from ninja import Schema
from pydantic import BeforeValidator, Field

from rest.problems import invalid

M = TypeVar("M", bound=Model)

MAX_LIMIT = 200
DEFAULT_LIMIT = 50
MAX_BRANCHES = 100
UUID_BYTES = 16
CURSOR_PATTERN = "^([A-Za-z0-9_-]{21}[AQgw])?$"


NextCursor = Annotated[
    str | None,
    Field(description="pass it on as `cursor`; null on the last page", examples=["AZq2D50Be7KMOmpbTD0uHw"]),
]


def _whole_number(value: Any) -> Any:
    # Pydantic takes "5_0", "+5" and "5.0", too.
    if isinstance(value, str) and not re.fullmatch("-?[0-9]{1,9}", value):
        raise ValueError(f"use a whole number from 1 to {MAX_LIMIT}")
    return value


class PageQuery(Schema):
    """The query parameters every list has."""

    limit: Annotated[
        int,
        # The validator last, or the schema would lose the bounds.
        Field(DEFAULT_LIMIT, ge=1, le=MAX_LIMIT, description="items of a page"),
        BeforeValidator(_whole_number),
    ]
    cursor: Annotated[
        str,
        # 16 bytes in base64: of the last character only two bits are theirs.
        Field("", description="`next_cursor` of the page before", json_schema_extra={"pattern": CURSOR_PATTERN}),
    ]


def page(
    rows: QuerySet[M],
    query: PageQuery,
    render: Callable[[M], Any] | None = None,
    one_of: tuple[str, Collection[Any]] | None = None,
) -> dict[str, Any]:
    """`{"items", "next_cursor"}` of rows with a UUIDv7 `id`; `next_cursor` is None on the last page.

    `render` makes of a row what the response schema cannot take from its attributes. `one_of`: a column and the values
    it may have, where an index on (column, id) makes the first rows of each value cheap to find.
    """
    if query.cursor:
        rows = rows.filter(id__lt=_decode(query.cursor))
    found = _first(rows, query.limit + 1, one_of)
    shown = found[: query.limit]
    more = len(found) > query.limit
    return {
        "items": [render(row) for row in shown] if render else shown,
        "next_cursor": _encode(shown[-1].pk) if more else None,
    }


def _first(rows: QuerySet[M], count: int, one_of: tuple[str, Collection[Any]] | None) -> list[M]:
    if one_of is None:
        return list(rows.order_by("-id")[:count])
    column, values = one_of
    if len(values) > MAX_BRANCHES or not connection.features.supports_slicing_ordering_in_compound:
        return list(rows.filter(**{f"{column}__in": values}).order_by("-id")[:count])
    # For an IN list the database would sort all rows of all values, or walk through those of others.
    first, *others = (rows.filter(**{column: value}).order_by("-id")[:count] for value in values)
    return list(first.union(*others, all=True).order_by("-id")[:count] if others else first)


def _encode(last: UUID) -> str:
    return urlsafe_b64encode(last.bytes).decode().rstrip("=")


def _decode(cursor: str) -> UUID:
    try:
        raw = urlsafe_b64decode(cursor.encode("ascii") + b"==")
    except (UnicodeError, Base64Error, ValueError):
        raw = b""
    # The decoder skips characters that are no base64, hence the way back.
    if len(raw) != UUID_BYTES or _encode(UUID(bytes=raw)) != cursor:
        raise invalid("cursor", "not a cursor; pass on next_cursor of the page before as it is")
    return UUID(bytes=raw)
