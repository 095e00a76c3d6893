"""Several people do the same thing at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial

import pytest

from erp.errors import ConflictError, InvalidFieldError
from erp.invoicing.models import Invoice
from erp.invoicing.services import authorize_invoice, cancel_invoice, invoice_order, reject_invoice, send_invoice
from erp.reconciliation.models import Payment
from erp.reconciliation.services import fail_payment
from erp.sales.models import SalesOrder
from erp.sales.services import cancel_order, confirm_order, create_order
from tenancy.models import Tenant
from tests.integration.erp.at_once import at_once
from tests.integration.erp.documents import LINES, make_customer, make_invoice, make_order, pay
from webhooks.models import Event

THREADS = 6


def _events(event_type: str) -> int:
    return Event.objects.filter(type=event_type).count()


def test_of_several_confirmations_one_wins(tenant: Tenant) -> None:
    order = make_order(tenant)
    confirmed, refused = at_once([partial(confirm_order, tenant.id, order.id)] * THREADS)
    assert (len(confirmed), {type(exc) for exc in refused}) == (1, {ConflictError})
    assert _events("sales_order.confirmed") == 1


def test_an_invoice_is_either_authorized_or_rejected(tenant: Tenant) -> None:
    invoice = make_invoice(tenant)
    send_invoice(tenant.id, invoice.id)
    moves: list[Callable[..., Invoice]] = [authorize_invoice, reject_invoice] * 3
    moved, refused = at_once([partial(move, tenant.id, invoice.id) for move in moves])
    assert (len(moved), len(refused)) == (1, THREADS - 1)
    assert _events("invoice.authorized") + _events("invoice.rejected") == 1


def test_payments_at_once_never_exceed_the_total(tenant: Tenant) -> None:
    invoice = make_invoice(tenant, "100.00")
    paid, refused = at_once([partial(pay, tenant, invoice, "30.00")] * THREADS)
    assert (len(paid), {type(exc) for exc in refused}) == (3, {InvalidFieldError})
    assert Invoice.objects.get().amount_paid == Decimal("90.00")
    assert Payment.objects.count() == _events("payment.received") == 3


def test_payments_that_fail_while_others_arrive_keep_the_books_right(tenant: Tenant) -> None:
    invoice = make_invoice(tenant, "1000.00")
    first = [pay(tenant, invoice, "10.00") for _ in range(3)]
    at_once([
        *(partial(fail_payment, tenant.id, payment.id) for payment in first),
        *(partial(fail_payment, tenant.id, payment.id) for payment in first),
        *[partial(pay, tenant, invoice, "7.00")] * 3,
    ])  # fmt: skip
    assert Invoice.objects.get().amount_paid == Decimal("21.00")
    assert _events("payment.failed") == 3


def test_an_invoice_is_either_paid_or_cancelled(tenant: Tenant) -> None:
    for _ in range(3):
        invoice = make_invoice(tenant)
        calls = [partial(pay, tenant, invoice, "10.00"), partial(cancel_invoice, tenant.id, invoice.id)]
        done, refused = at_once(calls)
        assert (len(done), len(refused)) == (1, 1)
        saved = Invoice.objects.get(id=invoice.id)
        assert (saved.status == "cancelled") == (saved.amount_paid == 0)


@pytest.mark.parametrize("rounds", [3])
def test_numbers_given_at_once_have_no_gaps_and_no_doubles(tenant: Tenant, rounds: int) -> None:
    customer = make_customer(tenant)
    create = partial(create_order, tenant.id, customer_id=customer.id, currency="EUR", lines=LINES)
    refused = partial(create_order, tenant.id, customer_id=tenant.id, currency="EUR", lines=LINES)
    for _ in range(rounds):
        at_once([create, refused] * 3)
    numbers = SalesOrder.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == [f"SO-{number:06}" for number in range(1, 3 * rounds + 1)]


def test_an_order_is_invoiced_once(tenant: Tenant) -> None:
    order = make_order(tenant)
    made, refused = at_once([partial(invoice_order, tenant.id, order.id)] * THREADS)
    assert (len(made), {type(exc) for exc in refused}) == (1, {ConflictError})
    assert Invoice.objects.get().number == "INV-000001"


def test_an_order_that_is_cancelled_and_invoiced_at_once_ends_in_a_state_the_rules_know(tenant: Tenant) -> None:
    order = make_order(tenant)
    at_once([partial(cancel_order, tenant.id, order.id), partial(invoice_order, tenant.id, order.id)])
    assert SalesOrder.objects.get().status == "cancelled"
    # An invoice, if there is one, was made before the cancellation.
    types = list(Event.objects.order_by("id").values_list("type", flat=True))
    assert types[2:] in (["sales_order.cancelled"], ["invoice.created", "sales_order.cancelled"])
