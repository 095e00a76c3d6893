"""What can be done with invoices. Each use case saves and publishes in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from erp.crm.models import Customer
from erp.crm.services import customer_of
from erp.errors import ConflictError, InvalidFieldError, NotFoundError, refusing, wrong_move
from erp.invoicing.models import MOVES, VOID, Invoice, InvoiceLine, InvoiceStatus
from erp.invoicing.webhooks import InvoiceWebhookService
from erp.lines import NewLine, check_lines
from erp.money import check_currency
from erp.numbering.services import next_number
from erp.sales.models import OrderStatus, SalesOrder


def create_invoice(tenant_id: UUID, *, customer_id: UUID, currency: str, lines: Sequence[NewLine]) -> Invoice:
    """A new draft without a sales order -> `invoice.created`. Raises InvalidFieldError."""
    with refusing("currency"):
        check_currency(currency)
    total = check_lines(lines)
    with transaction.atomic():
        return _create(tenant_id, customer_of(tenant_id, customer_id), currency, total, lines)


def invoice_order(tenant_id: UUID, sales_order_id: UUID) -> Invoice:
    """A new draft with the customer and lines of a sales order -> `invoice.created`.

    The order may still be a draft: that is an invoice for payment in advance. Raises InvalidFieldError, and
    ConflictError when the order is cancelled or has an invoice that is neither rejected nor cancelled.
    """
    with transaction.atomic():
        # Locked: the order must not be cancelled or invoiced by somebody else meanwhile.
        orders = SalesOrder.objects.select_related("customer").select_for_update(of=("self",))
        order = orders.filter(tenant_id=tenant_id, id=sales_order_id).first()
        if order is None:
            raise InvalidFieldError("sales_order_id", "there is no such sales order")
        if order.status == OrderStatus.CANCELLED:
            raise ConflictError("sales order", order.id, order.status, "the sales order is cancelled")
        earlier = order.invoices.exclude(status__in=VOID).first()
        if earlier is not None:
            detail = f"the sales order has the invoice {earlier.number} already; cancel it first"
            raise ConflictError("sales order", order.id, order.status, detail)
        lines = [NewLine(line.sku, line.description, line.quantity, line.unit_price) for line in order.lines]
        return _create(tenant_id, order.customer, order.currency, order.total, lines, order)


def send_invoice(tenant_id: UUID, invoice_id: UUID) -> Invoice:
    """A draft goes to the customer -> `invoice.sent`. Raises NotFoundError and ConflictError."""
    with transaction.atomic():
        invoice = _move(tenant_id, invoice_id, InvoiceStatus.SENT)
        InvoiceWebhookService.trigger_invoice_sent(invoice)
    return invoice


def authorize_invoice(tenant_id: UUID, invoice_id: UUID) -> Invoice:
    """A sent invoice is accepted -> `invoice.authorized`. Raises NotFoundError and ConflictError."""
    with transaction.atomic():
        invoice = _move(tenant_id, invoice_id, InvoiceStatus.AUTHORIZED)
        InvoiceWebhookService.trigger_invoice_authorized(invoice)
    return invoice


def reject_invoice(tenant_id: UUID, invoice_id: UUID, reason: str = "") -> Invoice:
    """A sent invoice is refused -> `invoice.rejected`. Raises NotFoundError and ConflictError."""
    with transaction.atomic():
        invoice = _move(tenant_id, invoice_id, InvoiceStatus.REJECTED, reason=reason)
        InvoiceWebhookService.trigger_invoice_rejected(invoice)
    return invoice


def cancel_invoice(tenant_id: UUID, invoice_id: UUID, reason: str = "") -> Invoice:
    """An unpaid invoice is called off -> `invoice.cancelled`. Raises NotFoundError and ConflictError."""
    with transaction.atomic():
        invoice = _move(tenant_id, invoice_id, InvoiceStatus.CANCELLED, reason=reason)
        InvoiceWebhookService.trigger_invoice_cancelled(invoice)
    return invoice


def _create(
    tenant_id: UUID,
    customer: Customer,
    currency: str,
    total: Decimal,
    lines: Sequence[NewLine],
    order: SalesOrder | None = None,
) -> Invoice:
    invoice = Invoice.objects.create(
        tenant_id=tenant_id,
        customer=customer,
        sales_order=order,
        currency=currency,
        total=total,
        number=next_number(tenant_id, "INV"),
    )
    invoice.lines = InvoiceLine.objects.bulk_create(
        InvoiceLine(invoice=invoice, tenant_id=tenant_id, position=position, amount=line.amount, **asdict(line))
        for position, line in enumerate(lines, 1)
    )
    InvoiceWebhookService.trigger_invoice_created(invoice)
    return invoice


def _move(tenant_id: UUID, invoice_id: UUID, status: InvoiceStatus, **fields: Any) -> Invoice:
    invoices = Invoice.objects.filter(tenant_id=tenant_id, id=invoice_id)
    movable = invoices.filter(status__in=MOVES[status])
    if status == InvoiceStatus.CANCELLED:
        movable = movable.filter(amount_paid=0)
    now = datetime.now(UTC)
    times = {"updated_at": now, f"{status}_at": now}
    # One guarded UPDATE: of two callers at once, one wins and the other is told.
    won = movable.update(status=status, **times, **fields)
    invoice = invoices.select_related("customer").prefetch_related("stored_lines").first()
    if invoice is None:
        raise NotFoundError("invoice", invoice_id)
    if not won:
        raise _refusal(invoice, status)
    return invoice


def _refusal(invoice: Invoice, status: InvoiceStatus) -> ConflictError:
    if invoice.status in MOVES[status]:
        detail = f"{invoice.amount_paid} {invoice.currency} of the invoice are paid; only an unpaid one can be {status}"
        return ConflictError("invoice", invoice.id, invoice.status, detail)
    return wrong_move("invoice", invoice.id, invoice.status, status, MOVES[status])
