"""Field types of the ERP's request bodies, made from the rules the services hold to."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from erp.money import AMOUNT_PATTERN, CURRENCIES, MAX_AMOUNT, check_currency, parse_amount
from rest.schemas import Text

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
