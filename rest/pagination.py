"""Keyset pagination, newest first: a page costs the same wherever it is, because ids are ordered by time."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Callable
from typing import Annotated, Any, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from ninja import Schema
from pydantic import BeforeValidator, Field

from rest.problems import invalid

M = TypeVar("M", bound=Model)

MAX_LIMIT = 200
DEFAULT_LIMIT = 50
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


def page(rows: QuerySet[M], query: PageQuery, render: Callable[[M], Any] | None = None) -> dict[str, Any]:
    """`{"items", "next_cursor"}` of rows with a UUIDv7 `id`; `next_cursor` is None on the last page.

    `render` makes of a row what the response schema cannot take from its attributes.
    """
    if query.cursor:
        rows = rows.filter(id__lt=_decode(query.cursor))
    found = list(rows.order_by("-id")[: query.limit + 1])
    shown = found[: query.limit]
    more = len(found) > query.limit
    return {
        "items": [render(row) for row in shown] if render else shown,
        "next_cursor": _encode(shown[-1].pk) if more else None,
    }


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
