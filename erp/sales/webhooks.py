"""The sales order events."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from pydantic import Field

from erp.payloads import EXAMPLE_DOCUMENT, DocumentData, LineData
from erp.sales.models import OrderStatus, SalesOrder
from webhooks.event_types import EXAMPLE_TIME, EventType, Timestamp
from webhooks.publishing import publish


class SalesOrderData(DocumentData):
    """What a customer wants to buy."""

    status: OrderStatus
    reason: str = Field(description="why it was cancelled; empty unless somebody said so")
    confirmed_at: Timestamp | None
    cancelled_at: Timestamp | None
    created_at: Timestamp
    updated_at: Timestamp
    lines: list[LineData]


def _example(minutes: int, **changes: Any) -> SalesOrderData:
    return SalesOrderData.model_validate({
        **EXAMPLE_DOCUMENT,
        "id": UUID("019ab612-6f10-7a3c-9d2e-5b4a39281706"),
        "number": "SO-000042",
        "status": OrderStatus.DRAFT,
        "reason": "",
        "confirmed_at": None,
        "cancelled_at": None,
        "created_at": EXAMPLE_TIME,
        "updated_at": EXAMPLE_TIME + timedelta(minutes=minutes),
        **changes,
    })  # fmt: skip


_CONFIRMED_AT, _CANCELLED_AT = EXAMPLE_TIME + timedelta(minutes=10), EXAMPLE_TIME + timedelta(minutes=30)

SALES_ORDER_CREATED = EventType("sales_order.created", "A sales order was created.", SalesOrderData, _example(0))
SALES_ORDER_CONFIRMED = EventType(
    "sales_order.confirmed",
    "A sales order was confirmed: it is binding now.",
    SalesOrderData,
    _example(10, status=OrderStatus.CONFIRMED, confirmed_at=_CONFIRMED_AT),
)
SALES_ORDER_CANCELLED = EventType(
    "sales_order.cancelled",
    "A draft or confirmed sales order was cancelled.",
    SalesOrderData,
    _example(
        30,
        status=OrderStatus.CANCELLED,
        confirmed_at=_CONFIRMED_AT,
        cancelled_at=_CANCELLED_AT,
        reason="ordered twice",
    ),
)
EVENT_TYPES = (SALES_ORDER_CREATED, SALES_ORDER_CONFIRMED, SALES_ORDER_CANCELLED)


class SalesOrderWebhookService:
    """Publishes what happened to a sales order, inside the transaction that did it."""

    @staticmethod
    def trigger_sales_order_created(order: SalesOrder) -> None:
        publish(order.tenant_id, SALES_ORDER_CREATED, SalesOrderData.model_validate(order))

    @staticmethod
    def trigger_sales_order_confirmed(order: SalesOrder) -> None:
        publish(order.tenant_id, SALES_ORDER_CONFIRMED, SalesOrderData.model_validate(order))

    @staticmethod
    def trigger_sales_order_cancelled(order: SalesOrder) -> None:
        publish(order.tenant_id, SALES_ORDER_CANCELLED, SalesOrderData.model_validate(order))
