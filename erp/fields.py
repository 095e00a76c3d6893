"""Field types and parts of the ERP's request and response bodies, made from the rules the services hold to."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from ninja import Schema
from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema

from erp.lines import MAX_LINES, NewLine
from erp.money import (
    AMOUNT_PATTERN,
    CURRENCIES,
    MAX_AMOUNT,
    MAX_QUANTITY,
    QUANTITY_PATTERN,
    check_currency,
    format_quantity,
    parse_amount,
    parse_price,
    parse_quantity,
)
from rest.schemas import Body, Money, Text

_check_email = EmailValidator()


def _email(text: str) -> str:
    try:
        _check_email(text)
    except ValidationError as exc:
        raise ValueError("not an e-mail address") from exc
    return text


Email = Annotated[Text, Field(max_length=254, examples=["ana@ribera.example"]), AfterValidator(_email)]
Amount = Annotated[
    Decimal,
    BeforeValidator(parse_amount),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": AMOUNT_PATTERN},
                {"type": "number", "exclusiveMinimum": 0, "maximum": float(MAX_AMOUNT), "multipleOf": 0.01},
            ],
            "description": "more than 0, at most two decimals",
            "examples": ["1250.50", 1250.5],
        }
    ),
]
Currency = Annotated[
    str,
    AfterValidator(check_currency),
    Field(description="ISO 4217", examples=["EUR"], json_schema_extra={"enum": sorted(CURRENCIES)}),
]
Price = Annotated[
    Decimal,
    BeforeValidator(parse_price),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": AMOUNT_PATTERN},
                {"type": "number", "minimum": 0, "maximum": float(MAX_AMOUNT), "multipleOf": 0.01},
            ],
            "description": "at least 0, at most two decimals",
            "examples": ["600.00", 600],
        }
    ),
]
Quantity = Annotated[
    Decimal,
    BeforeValidator(parse_quantity),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": QUANTITY_PATTERN},
                {"type": "number", "exclusiveMinimum": 0, "maximum": float(MAX_QUANTITY), "multipleOf": 0.001},
            ],
            "description": "more than 0, at most three decimals",
            "examples": ["2", 2, 0.125],
        }
    ),
]
# A string without needless zeros.
QuantityText = Annotated[Decimal, PlainSerializer(format_quantity, return_type=str)]


class LineIn(Body):
    """What is sold, how much of it and for how much each."""

    sku: Annotated[Text, Field(min_length=1, max_length=64, examples=["CASK-225"])]
    description: Annotated[Text, Field(max_length=200, examples=["Oak cask, 225 l"])] = ""
    quantity: Quantity
    unit_price: Price

    def new_line(self) -> NewLine:
        """As the services take it."""
        return NewLine(self.sku, self.description, self.quantity, self.unit_price)


class LineOut(Schema):
    """A line with its amount: quantity times unit price, rounded half up."""

    sku: str = Field(examples=["CASK-225"])
    description: str = Field(examples=["Oak cask, 225 l"])
    quantity: QuantityText = Field(examples=["2"])
    unit_price: Money = Field(examples=["600.00"])
    amount: Money = Field(examples=["1200.00"])


Lines = Annotated[list[LineIn], Field(min_length=1, max_length=MAX_LINES)]


class Reason(Body):
    """Why, if that is known."""

    reason: Annotated[Text, Field(max_length=200, examples=["ordered twice"])] = ""


class Nothing(Body):
    """An empty object."""
