"""REST: payments. Each change publishes an event."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field

from erp.fields import Amount, Currency
from erp.filters import by_id, by_status
from erp.reconciliation import services
from erp.reconciliation.models import Payment, PaymentStatus
from rest.authentication import caller
from rest.examples import answering
from rest.pagination import NextCursor, PageQuery, page
from rest.problems import not_found
from rest.schemas import Body, Money, Text, Time, known_query, problems

router = Router(tags=["Payments"])


class PaymentIn(Body):
    """A payment that arrived."""

    amount: Amount
    currency: Currency
    method: Annotated[Text, Field(min_length=1, max_length=40, examples=["bank_transfer"])]
    reference: Annotated[Text, Field(max_length=100, examples=["RF18-000042"])] = ""
    invoice_id: Annotated[UUID | None, Field(description="none: the payment is on account")] = None


class PaymentQuery(PageQuery):
    """All filters must match."""

    status: Annotated[str, Field("", description="comma-separated, e.g. `failed`")]
    invoice: Annotated[UUID | None, Field(None, description="id of an invoice")]


class PaymentFailure(Body):
    """Why it failed, if that is known."""

    reason: Annotated[Text, Field(max_length=200, examples=["insufficient funds"])] = ""


class PaymentOut(Schema):
    """Money received; `failed` when it was taken back."""

    id: UUID
    amount: Money
    currency: str = Field(examples=["EUR"])
    method: str = Field(examples=["bank_transfer"])
    reference: str = Field(examples=["RF18-000042"])
    invoice_id: UUID | None
    status: PaymentStatus
    failure_reason: str = Field(examples=[""])
    created_at: Time
    updated_at: Time


class PaymentPage(Schema):
    """Payments, newest first."""

    items: list[PaymentOut]
    next_cursor: NextCursor


@router.post("", response={201: PaymentOut, **problems(409)}, summary="Record a payment")
def create_payment(request: HttpRequest, body: PaymentIn) -> Status[Any]:
    """Publishes `payment.received`.

    With `invoice_id` it settles the invoice, in full or in part: the same currency and at most the balance (422
    otherwise). A rejected or cancelled invoice cannot be paid (409).
    """
    return Status(201, services.receive_payment(caller(request).tenant_id, **body.model_dump()))


@router.get("", response={200: PaymentPage, **problems()}, summary="List payments")
def list_payments(request: HttpRequest, query: Query[PaymentQuery]) -> dict[str, Any]:
    """Newest first."""
    known_query(request, query)
    rows = by_status(Payment.objects.filter(tenant_id=caller(request).tenant_id), query.status, PaymentStatus)
    return page(by_id(rows, "invoice_id", query.invoice), query)


@router.get("/{id:payment_id}", response={200: PaymentOut, **problems(404)}, summary="Get a payment")
def get_payment(request: HttpRequest, payment_id: UUID) -> Payment:
    """As it is now."""
    payment = Payment.objects.filter(tenant_id=caller(request).tenant_id, id=payment_id).first()
    if payment is None:
        raise not_found("payment")
    return payment


@router.put(
    "/{id:payment_id}/fail",
    response={200: PaymentOut, **problems(404, 409)},
    summary="Fail a payment",
    openapi_extra=answering(status="failed", failure_reason="insufficient funds"),
)
def fail_payment(request: HttpRequest, payment_id: UUID, body: PaymentFailure | None = None) -> Payment:
    """Publishes `payment.failed`. A payment fails once: 409 after that. Its invoice is open again for the amount."""
    reason = body.reason if body else ""
    return services.fail_payment(caller(request).tenant_id, payment_id, reason)
