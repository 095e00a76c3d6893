"""docs/integration.md shows the payloads that are sent."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from erp.crm.services import create_customer, update_customer
from erp.reconciliation.services import fail_payment, receive_payment
from tenancy.models import Tenant

PublishedEvents = Callable[[], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def examples() -> list[dict[str, Any]]:
    """The payment and the customer of the section on event types."""
    section = Path(__file__).parents[3].joinpath("docs", "integration.md").read_text().partition("## Event types")[2]
    return [json.loads(example) for example in re.findall(r"```json\n(.*?)```", section, re.DOTALL)]


def test_a_payment_is_as_documented(tenant: Tenant, published: PublishedEvents, examples: list[dict[str, Any]]) -> None:
    example = examples[0]
    given = {name: example[name] for name in ("currency", "method", "reference")}
    payment = receive_payment(tenant.id, amount=Decimal(example["amount"]), **given)
    fail_payment(tenant.id, payment.id)
    received, failed = (body["data"] for body in published())
    varying = {name: received[name] for name in ("id", "created_at", "updated_at")}
    assert received == {**example, **varying}
    assert list(received) == list(failed) == list(example)


def test_a_customer_is_as_documented(
    tenant: Tenant, published: PublishedEvents, examples: list[dict[str, Any]]
) -> None:
    example = examples[1]
    email = example["changed"]["email"]["old"]
    customer = create_customer(tenant.id, name=example["name"], email=email, tax_id=example["tax_id"])
    update_customer(tenant.id, customer.id, {"email": example["email"]})
    created, updated = (body["data"] for body in published())
    varying = {name: updated[name] for name in ("id", "created_at", "updated_at")}
    assert updated == {**example, **varying}
    assert list(created) == [name for name in example if name != "changed"]
