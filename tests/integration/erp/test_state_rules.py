"""Whatever is done to a document in whatever order: its state is the one the rules give, and so are its events."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from erp.errors import DomainError
from erp.invoicing import services as invoicing
from erp.invoicing.models import Invoice
from erp.reconciliation.services import fail_payment
from erp.sales import services as sales
from erp.sales.models import SalesOrder
from tenancy.models import Tenant
from tests.integration.erp.documents import make_invoice, make_order, pay
from webhooks.models import Event

# The rules as CONTRACT states them, apart from the code: verb -> (from, to).
ORDER_RULES = {"confirm": (("draft",), "confirmed"), "cancel": (("draft", "confirmed"), "cancelled")}
INVOICE_RULES = {
    "send": (("draft",), "sent"),
    "authorize": (("sent",), "authorized"),
    "reject": (("sent",), "rejected"),
    "cancel": (("draft", "sent", "authorized"), "cancelled"),
}
TOTAL = Decimal("100.00")

on_the_database = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)
amounts = st.decimals(min_value=Decimal("0.01"), max_value=Decimal("120.00"), places=2)
invoice_steps = st.one_of(
    st.tuples(st.sampled_from(sorted(INVOICE_RULES)), st.none()),
    st.tuples(st.just("pay"), amounts),
    st.tuples(st.just("fail"), st.integers(0, 3)),
)


def _types(entity_id: Any) -> list[str]:
    return list(Event.objects.filter(entity_id=str(entity_id)).order_by("id").values_list("type", flat=True))


def _done(call: Any, *args: Any) -> bool:
    try:
        call(*args)
    except DomainError:
        return False
    return True


@on_the_database
@given(verbs=st.lists(st.sampled_from(sorted(ORDER_RULES)), max_size=6))
def test_an_order_follows_its_rules(tenant: Tenant, verbs: list[str]) -> None:
    order, status, types = make_order(tenant), "draft", ["sales_order.created"]
    for verb in verbs:
        sources, target = ORDER_RULES[verb]
        allowed = status in sources
        assert _done(getattr(sales, f"{verb}_order"), tenant.id, order.id) == allowed
        if allowed:
            status = target
            types.append(f"sales_order.{target}")
    assert SalesOrder.objects.get(id=order.id).status == status
    assert _types(order.id) == types


@on_the_database
@given(steps=st.lists(invoice_steps, max_size=10))
def test_an_invoice_follows_its_rules_and_never_owes_or_is_owed_too_much(
    tenant: Tenant, steps: list[tuple[str, Any]]
) -> None:
    invoice, status, types = make_invoice(tenant, str(TOTAL)), "draft", ["invoice.created"]
    open_payments: list[Any] = []
    for verb, value in steps:
        paid = sum((payment.amount for payment in open_payments), Decimal(0))
        if verb == "pay":
            allowed = status not in ("rejected", "cancelled") and paid + value <= TOTAL
            assert _done(lambda amount: open_payments.append(pay(tenant, invoice, str(amount))), value) == allowed
        elif verb == "fail":
            if value < len(open_payments):
                fail_payment(tenant.id, open_payments.pop(value).id)
        else:
            sources, target = INVOICE_RULES[verb]
            allowed = status in sources and not (verb == "cancel" and paid)
            assert _done(getattr(invoicing, f"{verb}_invoice"), tenant.id, invoice.id) == allowed
            if allowed:
                status = target
                types.append(f"invoice.{target}")
        saved = Invoice.objects.get(id=invoice.id)
        assert saved.amount_paid == sum((payment.amount for payment in open_payments), Decimal(0))
        assert saved.amount_paid + saved.balance == TOTAL
        assert saved.status == status
    assert _types(invoice.id) == types
