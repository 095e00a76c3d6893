"""What can be done with sales orders. Each use case saves and publishes in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from erp.crm.services import customer_of
from erp.errors import NotFoundError, refusing, wrong_move
from erp.lines import NewLine, check_lines
from erp.money import check_currency
from erp.numbering.services import next_number
from erp.sales.models import MOVES, OrderStatus, SalesOrder, SalesOrderLine
from erp.sales.webhooks import SalesOrderWebhookService


def create_order(tenant_id: UUID, *, customer_id: UUID, currency: str, lines: Sequence[NewLine]) -> SalesOrder:
    """A new draft -> `sales_order.created`. Raises InvalidFieldError."""
    with refusing("currency"):
        check_currency(currency)
    total = check_lines(lines)
    with transaction.atomic():
        order = SalesOrder.objects.create(
            tenant_id=tenant_id,
            customer=customer_of(tenant_id, customer_id),
            currency=currency,
            total=total,
            number=next_number(tenant_id, "SO"),
        )
        order.lines = SalesOrderLine.objects.bulk_create(
            SalesOrderLine(order=order, tenant_id=tenant_id, position=position, amount=line.amount, **asdict(line))
            for position, line in enumerate(lines, 1)
        )
        SalesOrderWebhookService.trigger_sales_order_created(order)
    return order


def confirm_order(tenant_id: UUID, order_id: UUID) -> SalesOrder:
    """A draft becomes binding -> `sales_order.confirmed`. Raises NotFoundError and ConflictError."""
    with transaction.atomic():
        order = _move(tenant_id, order_id, OrderStatus.CONFIRMED)
        SalesOrderWebhookService.trigger_sales_order_confirmed(order)
    return order


def cancel_order(tenant_id: UUID, order_id: UUID, reason: str = "") -> SalesOrder:
    """A draft or confirmed order is called off -> `sales_order.cancelled`. Raises NotFoundError and ConflictError."""
    with transaction.atomic():
        order = _move(tenant_id, order_id, OrderStatus.CANCELLED, reason=reason)
        SalesOrderWebhookService.trigger_sales_order_cancelled(order)
    return order


def _move(tenant_id: UUID, order_id: UUID, status: OrderStatus, **fields: Any) -> SalesOrder:
    orders = SalesOrder.objects.filter(tenant_id=tenant_id, id=order_id)
    now = datetime.now(UTC)
    times = {"updated_at": now, f"{status}_at": now}
    # One guarded UPDATE: of two callers at once, one wins and the other is told.
    won = orders.filter(status__in=MOVES[status]).update(status=status, **times, **fields)
    order = orders.select_related("customer").prefetch_related("stored_lines").first()
    if order is None:
        raise NotFoundError("sales order", order_id)
    if not won:
        raise wrong_move("sales order", order_id, order.status, status, MOVES[status])
    return order
