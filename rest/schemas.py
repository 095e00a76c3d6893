"""Base and field types of request and response bodies."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from http import HTTPStatus
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Schema
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
)

from rest.problems import Problem


def _utc_text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _storable(text: str) -> str:
    if "\0" in text:
        raise ValueError("must not contain NUL characters")
    return text


def _rfc_3339(text: Any) -> Any:
    # Pydantic takes a bare number for seconds since 1970, so `since=2026` would list everything.
    if isinstance(text, str) and not re.match("[0-9]{4}-", text):
        raise ValueError("use RFC 3339, e.g. 2026-01-31T12:00:00Z")
    return text


def _true_or_false(text: Any) -> Any:
    if text not in ("true", "false", True, False):
        raise ValueError("use true or false")
    return text


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("this time is outside the years 1 to 9999 in UTC") from None


# RFC 3339 in UTC, always with six decimals and a Z, so that texts sort like times.
Time = Annotated[
    datetime,
    PlainSerializer(_utc_text, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}, mode="serialization"),
]
# Money is a string with two decimals, never a float.
Money = Annotated[
    Decimal,
    PlainSerializer(lambda amount: f"{amount:.2f}", return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^[0-9]+\.[0-9]{2}$", "examples": ["1250.50"]}, mode="serialization"),
]
Moment = Annotated[
    AwareDatetime,
    BeforeValidator(_rfc_3339),
    AfterValidator(_in_utc),
    Field(description="RFC 3339 with an offset, e.g. `2026-01-31T12:00:00Z`"),
]
Text = Annotated[str, AfterValidator(_storable), Field(json_schema_extra={"pattern": r"^[^\u0000]*$"})]
# In a query: one spelling each, so that a mistyped one is noticed.
Flag = Annotated[bool, BeforeValidator(_true_or_false)]


class Body(Schema):
    """A request body: unknown fields are refused, so that a typo never passes for a wish."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class ProblemDocument(BaseModel):
    """RFC 9457. `errors` maps a field's dotted path to what is wrong with it."""

    type: str = Field(examples=["about:blank"])
    title: str = Field(examples=["Unprocessable Entity"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["url: the URL must begin with https://"])
    errors: dict[str, list[str]] = Field(default_factory=dict, examples=[{"url": ["the URL must begin with https://"]}])


def problems(*statuses: int) -> dict[int, type[ProblemDocument]]:
    """Responses of an operation for OpenAPI, besides those that every one has."""
    return dict.fromkeys((401, 403, 422, *statuses), ProblemDocument)


def known_query(request: HttpRequest, filters: Any) -> None:
    """Refuse a query parameter that the operation does not know: a mistyped filter must not list everything."""
    known = {*type(filters).model_fields, "tenant"}
    wrong = {name: [f"unknown parameter; known are {', '.join(sorted(known))}"] for name in set(request.GET) - known}
    if wrong:
        first = min(wrong)
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"{first}: {wrong[first][0]}", wrong)
