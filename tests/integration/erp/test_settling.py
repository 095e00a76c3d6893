"""Payments settle invoices: partial ones add up, none is too much, a failed one opens the invoice again."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from erp.errors import ConflictError, InvalidFieldError
from erp.invoicing.models import Invoice
from erp.invoicing.services import authorize_invoice, cancel_invoice, reject_invoice, send_invoice
from erp.reconciliation.models import Payment
from erp.reconciliation.services import fail_payment
from tenancy.models import Tenant
from tests.integration.erp.documents import make_invoice, pay

PublishedEvents = Callable[[], list[dict[str, Any]]]


def _paid(invoice: Invoice) -> Decimal:
    return Invoice.objects.get(id=invoice.id).amount_paid


def test_partial_payments_add_up_to_the_total(tenant: Tenant, published: PublishedEvents) -> None:
    invoice = make_invoice(tenant, "100.00")
    for amount in ("0.10", "0.20", "99.70"):
        pay(tenant, invoice, amount)
    assert _paid(invoice) == Decimal("100.00")
    assert [body["data"]["invoice_balance"] for body in published()[-3:]] == ["99.90", "99.70", "0.00"]
    with pytest.raises(InvalidFieldError, match=r"more than the invoice's balance of 0\.00"):
        pay(tenant, invoice, "0.01")


def test_a_payment_says_whose_invoice_it_settles(tenant: Tenant, published: PublishedEvents) -> None:
    invoice = make_invoice(tenant)
    pay(tenant, invoice, "40.00")
    data = published()[-1]["data"]
    assert (data["invoice_id"], data["invoice_number"]) == (str(invoice.id), invoice.number)
    assert (data["customer_id"], data["customer_name"]) == (str(invoice.customer_id), "Bodegas Ribera")


def test_a_failed_payment_opens_the_invoice_again(tenant: Tenant, published: PublishedEvents) -> None:
    invoice = make_invoice(tenant)
    first, _ = pay(tenant, invoice, "40.00"), pay(tenant, invoice, "60.00")
    fail_payment(tenant.id, first.id, "charged back")
    assert _paid(invoice) == Decimal("60.00")
    assert published()[-1]["data"]["invoice_balance"] == "40.00"
    with pytest.raises(ConflictError):
        fail_payment(tenant.id, first.id)
    assert _paid(invoice) == Decimal("60.00")
    pay(tenant, invoice, "40.00")


def test_paying_changes_when_the_invoice_was_updated(tenant: Tenant) -> None:
    invoice = make_invoice(tenant)
    pay(tenant, invoice, "40.00")
    assert Invoice.objects.get().updated_at > invoice.updated_at


@pytest.mark.parametrize(("amount", "currency", "field"), [("100.01", "EUR", "amount"), ("10.00", "USD", "currency")])
def test_too_much_or_another_currency_is_refused(tenant: Tenant, amount: str, currency: str, field: str) -> None:
    invoice = make_invoice(tenant)
    with pytest.raises(InvalidFieldError) as caught:
        pay(tenant, invoice, amount, currency)
    assert caught.value.field == field
    assert not Payment.objects.exists()
    assert _paid(invoice) == 0


def test_another_tenants_invoice_cannot_be_paid(tenant: Tenant) -> None:
    invoice = make_invoice(Tenant.objects.create(name="Norte", slug="norte"))
    with pytest.raises(InvalidFieldError) as caught:
        pay(tenant, invoice, "10.00")
    assert caught.value.field == "invoice_id"


@pytest.mark.parametrize("end", [reject_invoice, cancel_invoice])
def test_a_rejected_or_cancelled_invoice_cannot_be_paid(tenant: Tenant, end: Callable[..., Invoice]) -> None:
    invoice = make_invoice(tenant)
    send_invoice(tenant.id, invoice.id)
    end(tenant.id, invoice.id)
    with pytest.raises(ConflictError, match="so it cannot be paid"):
        pay(tenant, invoice, "10.00")


def test_a_draft_a_sent_and_an_authorized_invoice_can_be_paid(tenant: Tenant) -> None:
    invoice = make_invoice(tenant)
    pay(tenant, invoice, "10.00")
    send_invoice(tenant.id, invoice.id)
    pay(tenant, invoice, "10.00")
    authorize_invoice(tenant.id, invoice.id)
    pay(tenant, invoice, "10.00")
    assert _paid(invoice) == Decimal("30.00")


def test_a_payment_of_an_invoice_that_was_rejected_since_can_fail(tenant: Tenant) -> None:
    invoice = make_invoice(tenant)
    payment = pay(tenant, invoice, "10.00")
    send_invoice(tenant.id, invoice.id)
    reject_invoice(tenant.id, invoice.id)
    fail_payment(tenant.id, payment.id)
    assert _paid(invoice) == 0


def test_an_invoice_whose_payments_all_failed_can_be_cancelled(tenant: Tenant) -> None:
    invoice = make_invoice(tenant)
    fail_payment(tenant.id, pay(tenant, invoice, "10.00").id)
    assert cancel_invoice(tenant.id, invoice.id).status == "cancelled"
