"""Payment use cases: the change and its event are one, and a payment fails once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from erp.errors import ConflictError, InvalidFieldError, NotFoundError
from erp.reconciliation.models import Payment, PaymentStatus
from erp.reconciliation.services import fail_payment, receive_payment
from tenancy.ids import new_id
from tenancy.models import Tenant
from webhooks.models import Event, Subscription

PublishedEvents = Callable[[], list[dict[str, Any]]]


def _payment(tenant: Tenant, **changes: Any) -> Payment:
    fields = {"amount": Decimal("1250.5"), "currency": "EUR", "method": "bank_transfer", "reference": "RF18-000042"}
    return receive_payment(tenant.id, **{**fields, **changes})


def test_a_received_payment_is_published_with_all_a_receiver_needs(tenant: Tenant, published: PublishedEvents) -> None:
    payment = _payment(tenant)
    (body,) = published()
    assert body["type"] == "payment.received"
    times = {name: body["data"].pop(name) for name in ("created_at", "updated_at")}
    assert all(text.endswith("Z") for text in times.values())
    assert body["data"] == {
        "id": str(payment.id),
        "amount": "1250.50",
        "currency": "EUR",
        "method": "bank_transfer",
        "reference": "RF18-000042",
        **dict.fromkeys(("invoice_id", "invoice_number", "invoice_balance", "customer_id", "customer_name")),
        "status": "received",
        "failure_reason": "",
    }


def test_a_failed_payment_is_published_with_its_reason(tenant: Tenant, published: PublishedEvents) -> None:
    payment = _payment(tenant)
    fail_payment(tenant.id, payment.id, "insufficient funds")
    body = published()[-1]
    assert body["type"] == "payment.failed"
    assert (body["data"]["id"], body["data"]["status"]) == (str(payment.id), "failed")
    assert body["data"]["failure_reason"] == "insufficient funds"
    assert body["data"]["amount"] == "1250.50"
    saved = Payment.objects.get(id=payment.id)
    assert (saved.status, saved.failure_reason) == (PaymentStatus.FAILED, "insufficient funds")
    assert saved.updated_at > saved.created_at


def test_a_payment_fails_only_once(tenant: Tenant, published: PublishedEvents) -> None:
    payment = _payment(tenant)
    fail_payment(tenant.id, payment.id, "card expired")
    with pytest.raises(ConflictError, match="already failed"):
        fail_payment(tenant.id, payment.id, "another reason")
    assert Payment.objects.get(id=payment.id).failure_reason == "card expired"
    assert [body["type"] for body in published()] == ["payment.received", "payment.failed"]


def test_of_several_failures_at_once_one_wins(tenant: Tenant, published: PublishedEvents) -> None:
    payment, conflicts = _payment(tenant), []

    def fail() -> None:
        try:
            fail_payment(tenant.id, payment.id)
        except ConflictError as exc:
            conflicts.append(exc)
        finally:
            connection.close()

    threads = [threading.Thread(target=fail) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(conflicts) == 3
    assert [body["type"] for body in published()] == ["payment.received", "payment.failed"]


def test_an_unknown_or_foreign_payment_cannot_fail(tenant: Tenant) -> None:
    payment = _payment(tenant)
    for tenant_id, payment_id in ((tenant.id, new_id()), (new_id(), payment.id)):
        with pytest.raises(NotFoundError):
            fail_payment(tenant_id, payment_id)
    assert Payment.objects.get(id=payment.id).status == PaymentStatus.RECEIVED


@pytest.mark.parametrize(
    ("field", "value"),
    [("amount", Decimal("0")), ("amount", Decimal("1.001")), ("currency", "JPY"), ("invoice_id", UUID(int=7))],
)
def test_a_payment_against_the_rules_is_refused_by_field(tenant: Tenant, field: str, value: object) -> None:
    with pytest.raises(InvalidFieldError) as caught:
        _payment(tenant, **{field: value})
    assert caught.value.field == field
    assert not Payment.objects.exists()
    assert not Event.objects.exists()


def test_an_event_that_cannot_be_published_undoes_the_change(tenant: Tenant, subscription: Subscription) -> None:
    payment = _payment(tenant)
    Subscription.objects.update(retry_schedule="no-such-schedule")
    with pytest.raises((ValueError, KeyError)):
        _payment(tenant)
    with pytest.raises((ValueError, KeyError)):
        fail_payment(tenant.id, payment.id)
    assert list(Payment.objects.values_list("status", flat=True)) == [PaymentStatus.RECEIVED]
    assert Event.objects.count() == 1
