"""Payments of an invoice: what they add up to. The caller's transaction holds the invoice's row until it ends."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from erp.errors import ConflictError, InvalidFieldError
from erp.invoicing.models import VOID, Invoice
from erp.money import format_amount


def pay(tenant_id: UUID, invoice_id: UUID, amount: Decimal, currency: str) -> Invoice:
    """Add a payment to what is paid.

    Raises InvalidFieldError (no such invoice, another currency, more than the balance) and ConflictError (nobody owes
    anything for it, because it was rejected or cancelled).
    """
    invoice = _locked(tenant_id, invoice_id)
    if invoice is None:
        raise InvalidFieldError("invoice_id", "there is no such invoice")
    if invoice.status in VOID:
        detail = f"the invoice is {invoice.status}, so it cannot be paid"
        raise ConflictError("invoice", invoice.id, invoice.status, detail)
    if currency != invoice.currency:
        raise InvalidFieldError("currency", f"the invoice is in {invoice.currency}")
    if amount > invoice.balance:
        raise InvalidFieldError("amount", f"more than the invoice's balance of {format_amount(invoice.balance)}")
    return _settled(invoice, invoice.amount_paid + amount)


def take_back(tenant_id: UUID, invoice_id: UUID, amount: Decimal) -> Invoice:
    """A payment failed: the invoice is open again for its amount, whatever its state is by now."""
    invoice = _locked(tenant_id, invoice_id)
    if invoice is None:
        raise Invoice.DoesNotExist(invoice_id)
    return _settled(invoice, invoice.amount_paid - amount)


def _locked(tenant_id: UUID, invoice_id: UUID) -> Invoice | None:
    """The invoice, which nobody else changes until this transaction ends.

    Two payments at once must not both fit the same balance. PostgreSQL locks the row; on SQLite a transaction that has
    begun is the only writer.
    """
    invoices = Invoice.objects.select_related("customer").select_for_update(of=("self",))
    return invoices.filter(tenant_id=tenant_id, id=invoice_id).first()


def _settled(invoice: Invoice, amount_paid: Decimal) -> Invoice:
    # Reckoned here and not in SQL: SQLite would add binary fractions.
    invoice.amount_paid = amount_paid
    invoice.save(update_fields=["amount_paid", "updated_at"])
    return invoice
