"""Customers, sales orders and invoices for tests; what a test does not name gets a value that works."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from erp.crm.models import Customer
from erp.crm.services import create_customer
from erp.invoicing.models import Invoice
from erp.invoicing.services import create_invoice
from erp.lines import NewLine
from erp.reconciliation.models import Payment
from erp.reconciliation.services import receive_payment
from erp.sales.models import SalesOrder
from erp.sales.services import create_order
from tenancy.models import Tenant

LINES = (
    NewLine("CASK-225", "Oak cask, 225 l", Decimal(2), Decimal("600.00")),
    NewLine("CORK-45", "Corks", Decimal("0.5"), Decimal("101.00")),
)


def make_customer(tenant: Tenant) -> Customer:
    return create_customer(tenant.id, name="Bodegas Ribera", email="ana@ribera.example", tax_id="B12345678")


def make_order(tenant: Tenant, lines: Sequence[NewLine] = LINES) -> SalesOrder:
    return create_order(tenant.id, customer_id=make_customer(tenant).id, currency="EUR", lines=lines)


def make_invoice(tenant: Tenant, total: str = "100.00") -> Invoice:
    lines = [NewLine("SERVICE", "", Decimal(1), Decimal(total))]
    return create_invoice(tenant.id, customer_id=make_customer(tenant).id, currency="EUR", lines=lines)


def pay(tenant: Tenant, invoice: Invoice, amount: str, currency: str = "EUR") -> Payment:
    return receive_payment(
        tenant.id, amount=Decimal(amount), currency=currency, method="bank_transfer", invoice_id=invoice.id
    )
