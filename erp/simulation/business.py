"""One tenant's business: what there is to do next, and doing it through the real services."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from erp.crm.models import Customer
from erp.crm.services import create_customer, update_customer
from erp.invoicing import services as invoicing
from erp.reconciliation.services import fail_payment, receive_payment
from erp.sales import services as sales
from erp.simulation import made_up
from tenancy.row_security import of_tenant

T = TypeVar("T")

# How many things of each kind and state are remembered for later changes.
REMEMBERED = 200
# Of a hundred payments so many are for an invoice, and of a hundred of those so many pay only a part.
FOR_AN_INVOICE, IN_PART = 80, 20


@dataclass(slots=True, eq=False)
class Debt:
    """An authorized invoice and what is still to be paid of it."""

    invoice_id: UUID
    currency: str
    balance: Decimal


def _remembered() -> deque[T]:
    return deque(maxlen=REMEMBERED)


@dataclass(slots=True)
class Business:
    """Each call of `go_on` makes exactly one event. A step that lacks what it needs makes that instead."""

    tenant_id: UUID
    dice: random.Random
    customers: deque[Customer] = field(default_factory=_remembered)
    draft_orders: deque[UUID] = field(default_factory=_remembered)
    confirmed_orders: deque[UUID] = field(default_factory=_remembered)
    draft_invoices: deque[UUID] = field(default_factory=_remembered)
    sent_invoices: deque[UUID] = field(default_factory=_remembered)
    debts: deque[Debt] = field(default_factory=_remembered)
    payments: deque[tuple[UUID, Decimal, Debt | None]] = field(default_factory=_remembered)

    def go_on(self) -> None:
        """Do the next thing."""
        (step,) = self.dice.choices(list(STEPS), list(STEPS.values()))
        with of_tenant(self.tenant_id):
            step(self)

    def create_customer(self) -> None:
        self.customers.append(create_customer(self.tenant_id, **made_up.new_customer(self.dice)))

    def update_customer(self) -> None:
        if not self.customers:
            return self.create_customer()
        customer = self._take(self.customers)
        changes = made_up.changes_of(customer, self.dice)
        self.customers.append(update_customer(self.tenant_id, customer.id, changes))

    def create_order(self) -> None:
        if not self.customers:
            return self.create_customer()
        customer = self.dice.choice(self.customers)
        currency, lines = made_up.currency_of(customer), made_up.lines(self.dice)
        order = sales.create_order(self.tenant_id, customer_id=customer.id, currency=currency, lines=lines)
        self.draft_orders.append(order.id)

    def confirm_order(self) -> None:
        if not self.draft_orders:
            return self.create_order()
        order = sales.confirm_order(self.tenant_id, self._take(self.draft_orders))
        self.confirmed_orders.append(order.id)

    def cancel_order(self) -> None:
        # Three of four before they were confirmed.
        orders = self.draft_orders if self.dice.random() < 0.75 else self.confirmed_orders
        if not orders:
            return self.create_order()
        sales.cancel_order(self.tenant_id, self._take(orders), self.dice.choice(made_up.CANCELLATIONS))

    def create_invoice(self) -> None:
        if not self.confirmed_orders:
            return self.confirm_order()
        invoice = invoicing.invoice_order(self.tenant_id, self._take(self.confirmed_orders))
        self.draft_invoices.append(invoice.id)

    def send_invoice(self) -> None:
        if not self.draft_invoices:
            return self.create_invoice()
        invoice = invoicing.send_invoice(self.tenant_id, self._take(self.draft_invoices))
        self.sent_invoices.append(invoice.id)

    def authorize_invoice(self) -> None:
        if not self.sent_invoices:
            return self.send_invoice()
        invoice = invoicing.authorize_invoice(self.tenant_id, self._take(self.sent_invoices))
        self.debts.append(Debt(invoice.id, invoice.currency, invoice.balance))

    def reject_invoice(self) -> None:
        if not self.sent_invoices:
            return self.send_invoice()
        reason = self.dice.choice(made_up.REJECTIONS)
        invoicing.reject_invoice(self.tenant_id, self._take(self.sent_invoices), reason)

    def cancel_invoice(self) -> None:
        invoices = self.draft_invoices or self.sent_invoices
        if not invoices:
            return self.create_invoice()
        invoicing.cancel_invoice(self.tenant_id, self._take(invoices), self.dice.choice(made_up.CANCELLATIONS))

    def receive_payment(self) -> None:
        for_an_invoice = self.debts and self.dice.randrange(100) < FOR_AN_INVOICE
        debt = self._take(self.debts) if for_an_invoice else None
        amount = self._part_of(debt) if debt else made_up.amount(self.dice)
        payment = receive_payment(
            self.tenant_id,
            amount=amount,
            currency=debt.currency if debt else made_up.any_currency(self.dice),
            method=made_up.method(self.dice),
            reference=made_up.reference(self.dice),
            invoice_id=debt.invoice_id if debt else None,
        )
        if debt:
            self._reckon(debt, -amount)
        self.payments.append((payment.id, amount, debt))

    def fail_payment(self) -> None:
        if not self.payments:
            return self.receive_payment()
        payment_id, amount, debt = self._take(self.payments)
        fail_payment(self.tenant_id, payment_id, self.dice.choice(made_up.FAILURES))
        if debt:
            self._reckon(debt, amount)

    def _part_of(self, debt: Debt) -> Decimal:
        in_part = debt.balance >= 1 and self.dice.randrange(100) < IN_PART
        return (debt.balance / 2).quantize(Decimal("0.01")) if in_part else debt.balance

    def _reckon(self, debt: Debt, change: Decimal) -> None:
        debt.balance += change
        if debt in self.debts:
            self.debts.remove(debt)
        if debt.balance:
            self.debts.append(debt)

    def _take(self, remembered: deque[T]) -> T:
        remembered.rotate(self.dice.randrange(len(remembered)))
        return remembered.popleft()


# Out of 100 steps. An order goes its way: 16 are made, 13 of them confirmed and invoiced, 10 invoices authorized; some
# of those are paid in two parts.
STEPS: dict[Callable[[Business], None], float] = {
    Business.create_customer: 6,
    Business.update_customer: 10,
    Business.create_order: 16,
    Business.confirm_order: 13,
    Business.cancel_order: 3,
    Business.create_invoice: 13,
    Business.send_invoice: 12,
    Business.authorize_invoice: 10,
    Business.reject_invoice: 1.5,
    Business.cancel_invoice: 1.5,
    Business.receive_payment: 12,
    Business.fail_payment: 2,
}
