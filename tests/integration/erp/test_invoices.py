"""Invoice use cases: made from an order or without one, moved by the rules, each move published."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from erp.errors import ConflictError, InvalidFieldError, NotFoundError
from erp.invoicing.models import Invoice, InvoiceLine
from erp.invoicing.services import (
    authorize_invoice,
    cancel_invoice,
    create_invoice,
    invoice_order,
    reject_invoice,
    send_invoice,
)
from erp.sales.services import cancel_order, confirm_order
from tenancy.ids import new_id
from tenancy.models import Tenant
from tests.integration.erp.documents import LINES, make_customer, make_invoice, make_order, pay
from webhooks.models import Event, Subscription

PublishedEvents = Callable[[], list[dict[str, Any]]]


def test_an_invoice_takes_over_customer_currency_and_lines_of_its_order(
    tenant: Tenant, published: PublishedEvents
) -> None:
    order = make_order(tenant)
    confirm_order(tenant.id, order.id)
    invoice = invoice_order(tenant.id, order.id)
    saved = Invoice.objects.get(id=invoice.id)
    assert (saved.number, saved.status, saved.total, saved.balance) == (
        "INV-000001",
        "draft",
        Decimal("1250.50"),
        Decimal("1250.50"),
    )
    body = published()[-1]
    assert body["type"] == "invoice.created"
    assert body["data"]["sales_order_id"] == str(order.id)
    assert (body["data"]["customer_id"], body["data"]["currency"]) == (str(order.customer_id), "EUR")
    ordered = next(each for each in published() if each["type"] == "sales_order.created")
    assert body["data"]["lines"] == ordered["data"]["lines"]


def test_an_invoice_can_do_without_an_order(tenant: Tenant, published: PublishedEvents) -> None:
    invoice = create_invoice(tenant.id, customer_id=make_customer(tenant).id, currency="EUR", lines=LINES)
    assert published()[-1]["data"]["sales_order_id"] is None
    assert Invoice.objects.get().total == invoice.total == Decimal("1250.50")


def test_an_order_is_invoiced_once_at_a_time(tenant: Tenant) -> None:
    order = make_order(tenant)
    first = invoice_order(tenant.id, order.id)
    with pytest.raises(ConflictError, match="has the invoice INV-000001 already"):
        invoice_order(tenant.id, order.id)
    cancel_invoice(tenant.id, first.id)
    assert invoice_order(tenant.id, order.id).number == "INV-000002"


def test_a_cancelled_or_foreign_order_cannot_be_invoiced(tenant: Tenant) -> None:
    order = make_order(tenant)
    for tenant_id, order_id in ((tenant.id, new_id()), (new_id(), order.id)):
        with pytest.raises(InvalidFieldError) as caught:
            invoice_order(tenant_id, order_id)
        assert caught.value.field == "sales_order_id"
    cancel_order(tenant.id, order.id)
    with pytest.raises(ConflictError, match="the sales order is cancelled"):
        invoice_order(tenant.id, order.id)
    assert not Invoice.objects.exists()


def test_each_move_is_published_with_its_time(tenant: Tenant, published: PublishedEvents) -> None:
    invoice = make_invoice(tenant)
    send_invoice(tenant.id, invoice.id)
    authorize_invoice(tenant.id, invoice.id)
    cancel_invoice(tenant.id, invoice.id, "called off")
    bodies = published()[-3:]
    assert [body["type"] for body in bodies] == ["invoice.sent", "invoice.authorized", "invoice.cancelled"]
    data = bodies[-1]["data"]
    assert data["created_at"] < data["sent_at"] < data["authorized_at"] < data["cancelled_at"]
    assert (data["status"], data["reason"], data["rejected_at"]) == ("cancelled", "called off", None)


def test_a_sent_invoice_is_rejected_with_a_reason(tenant: Tenant, published: PublishedEvents) -> None:
    invoice = make_invoice(tenant)
    send_invoice(tenant.id, invoice.id)
    reject_invoice(tenant.id, invoice.id, "the tax id is wrong")
    data = published()[-1]["data"]
    assert (data["status"], data["reason"]) == ("rejected", "the tax id is wrong")
    assert data["rejected_at"]
    with pytest.raises(ConflictError, match="is rejected; only one that is draft, sent or authorized can be"):
        cancel_invoice(tenant.id, invoice.id)


def test_a_paid_invoice_cannot_be_cancelled(tenant: Tenant) -> None:
    invoice = make_invoice(tenant)
    pay(tenant, invoice, "0.01")
    with pytest.raises(ConflictError, match=r"0\.01 EUR of the invoice are paid"):
        cancel_invoice(tenant.id, invoice.id)
    assert Invoice.objects.get().status == "draft"


@pytest.mark.parametrize("move", [send_invoice, authorize_invoice, reject_invoice, cancel_invoice])
def test_an_unknown_or_foreign_invoice_cannot_be_moved(tenant: Tenant, move: Callable[..., Invoice]) -> None:
    invoice = make_invoice(tenant)
    for tenant_id, invoice_id in ((tenant.id, new_id()), (new_id(), invoice.id)):
        with pytest.raises(NotFoundError):
            move(tenant_id, invoice_id)
    assert Invoice.objects.get().status == "draft"


def test_orders_and_invoices_are_numbered_apart(tenant: Tenant) -> None:
    assert [make_order(tenant).number, make_invoice(tenant).number, make_invoice(tenant).number] == [
        "SO-000001",
        "INV-000001",
        "INV-000002",
    ]
    assert make_invoice(Tenant.objects.create(name="Norte", slug="norte")).number == "INV-000001"


def test_a_rolled_back_invoice_leaves_no_gap(tenant: Tenant) -> None:
    make_invoice(tenant)
    with transaction.atomic():
        assert make_invoice(tenant).number == "INV-000002"
        transaction.set_rollback(True)
    assert InvoiceLine.objects.count() == 1
    assert make_invoice(tenant).number == "INV-000002"


def test_an_event_that_cannot_be_published_undoes_the_change(tenant: Tenant, subscription: Subscription) -> None:
    invoice = make_invoice(tenant)
    Subscription.objects.update(retry_schedule="no-such-schedule")
    for change in (
        lambda: send_invoice(tenant.id, invoice.id),
        lambda: cancel_invoice(tenant.id, invoice.id),
        lambda: pay(tenant, invoice, "10.00"),
    ):
        with pytest.raises((ValueError, KeyError)):
            change()
    assert list(Invoice.objects.values_list("status", "amount_paid")) == [("draft", Decimal(0))]
    assert not Event.objects.filter(type__in=["invoice.sent", "invoice.cancelled", "payment.received"]).exists()


@pytest.mark.parametrize("amount", ["-0.01", "100.01"])
def test_the_database_itself_refuses_an_impossible_paid_amount(tenant: Tenant, amount: str) -> None:
    invoice = make_invoice(tenant)
    with pytest.raises(IntegrityError), transaction.atomic():
        Invoice.objects.filter(id=invoice.id).update(amount_paid=Decimal(amount))
