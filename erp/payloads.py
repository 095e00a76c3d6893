"""Field types of the ERP's event payloads, and the model that those of sales orders and invoices share."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

from erp.money import format_amount, format_quantity
from webhooks.event_types import EventData

AMOUNT_SCHEMA = {"type": "string", "pattern": r"^[0-9]+\.[0-9]{2}$", "description": "two decimals"}
QUANTITY_SCHEMA = {"type": "string", "pattern": r"^[0-9]+(\.[0-9]{1,3})?$", "description": "at most three decimals"}

Amount = Annotated[Decimal, PlainSerializer(format_amount, return_type=str), WithJsonSchema(AMOUNT_SCHEMA)]
Quantity = Annotated[Decimal, PlainSerializer(format_quantity, return_type=str), WithJsonSchema(QUANTITY_SCHEMA)]
Currency = Annotated[str, Field(description="ISO 4217", json_schema_extra={"pattern": "^[A-Z]{3}$"})]


class LineData(BaseModel):
    """A line of a sales order or an invoice; `amount` is quantity times unit price, rounded half up."""

    model_config = ConfigDict(from_attributes=True)

    sku: str
    description: str
    quantity: Quantity
    unit_price: Amount
    amount: Amount


class DocumentData(EventData):
    """What sales orders and invoices have in common, besides their lines; `total` is the sum of the lines' amounts."""

    number: str
    customer_id: UUID
    customer_name: str
    currency: Currency
    total: Amount


EXAMPLE_DOCUMENT: dict[str, object] = {
    "customer_id": UUID("019ab611-02aa-7e01-8f10-9a8b7c6d5e4f"),
    "customer_name": "Bodegas Ribera",
    "currency": "EUR",
    "total": "1250.50",
    "lines": [
        {
            "sku": "CASK-225",
            "description": "Oak cask, 225 l",
            "quantity": "2",
            "unit_price": "600.00",
            "amount": "1200.00",
        },
        {"sku": "CORK-45", "description": "Corks", "quantity": "0.5", "unit_price": "101.00", "amount": "50.50"},
    ],
}
