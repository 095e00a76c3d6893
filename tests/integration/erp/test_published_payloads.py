"""What real use cases publish follows the schema of its type and has the fields of its example, in their order."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from erp.crm.services import update_customer
from erp.invoicing.services import authorize_invoice, cancel_invoice, reject_invoice, send_invoice
from erp.reconciliation.services import fail_payment, receive_payment
from erp.sales.services import cancel_order, confirm_order
from tenancy.models import Tenant
from tests.integration.erp.documents import make_customer, make_invoice, make_order, pay
from webhooks import event_types

PublishedEvents = Callable[[], list[dict[str, Any]]]


def _customer(tenant: Tenant) -> None:
    update_customer(tenant.id, make_customer(tenant).id, {"name": 'Peña & Söhne "7"\n', "tax_id": ""})


def _order(tenant: Tenant) -> None:
    order = make_order(tenant)
    confirm_order(tenant.id, order.id)
    cancel_order(tenant.id, order.id)


def _invoice(tenant: Tenant) -> None:
    for last in (authorize_invoice, reject_invoice, cancel_invoice):
        invoice = make_invoice(tenant)
        send_invoice(tenant.id, invoice.id)
        last(tenant.id, invoice.id)


def _payment(tenant: Tenant) -> None:
    fail_payment(tenant.id, pay(tenant, make_invoice(tenant), "0.10").id, "card expired")


USE_CASES = {"customer": _customer, "sales_order": _order, "invoice": _invoice, "payment": _payment}


@pytest.mark.parametrize("event_type", event_types.registered(), ids=lambda each: each.name)
def test_a_published_payload_follows_its_schema(
    tenant: Tenant, published: PublishedEvents, event_type: event_types.EventType[Any]
) -> None:
    USE_CASES[event_type.name.partition(".")[0]](tenant)
    payloads = [body["data"] for body in published() if body["type"] == event_type.name]
    assert payloads
    validator = Draft202012Validator(event_type.schema(), format_checker=Draft202012Validator.FORMAT_CHECKER)
    for payload in payloads:
        validator.validate(payload)
        assert list(payload) == list(event_type.example_json())


def test_a_payment_on_account_follows_the_schema_too(tenant: Tenant, published: PublishedEvents) -> None:
    receive_payment(tenant.id, amount=Decimal("12.5"), currency="EUR", method="card")
    (body,) = published()
    types = {event_type.name: event_type for event_type in event_types.registered()}
    Draft202012Validator(types[body["type"]].schema()).validate(body["data"])


def test_payloads_carry_no_secrets(tenant: Tenant, published: PublishedEvents, subscription: Any) -> None:
    for use_case in USE_CASES.values():
        use_case(tenant)
    assert subscription.secret not in str(published())
