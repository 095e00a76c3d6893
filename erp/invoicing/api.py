"""REST: invoices. Each change publishes an event."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import ConfigDict, Field, model_validator

from erp.fields import Currency, LineOut, Lines, Nothing, Reason
from erp.filters import by_id, by_status
from erp.invoicing import services
from erp.invoicing.models import Invoice, InvoiceStatus
from rest.authentication import caller
from rest.examples import MOMENT, answering
from rest.pagination import NextCursor, PageQuery, page
from rest.problems import invalid, not_found
from rest.schemas import Body, Money, Text, Time, known_query, problems

router = Router(tags=["Invoices"])
_OWN_FIELDS = ("customer_id", "currency", "lines")
_EITHER_OR: dict[str, Any] = {
    "oneOf": [
        {"required": ["sales_order_id"], "not": {"anyOf": [{"required": [name]} for name in _OWN_FIELDS]}},
        {"required": list(_OWN_FIELDS), "not": {"required": ["sales_order_id"]}},
    ],
    "examples": [{"sales_order_id": "019ab612-6f10-7a3c-9d2e-5b4a39281706"}],
}


class InvoiceIn(Body):
    """A new draft: `sales_order_id`, or `customer_id`, `currency` and `lines`."""

    model_config = ConfigDict(json_schema_extra=_EITHER_OR)

    # Never used: a factory keeps a default, and with it null, out of the published schema.
    sales_order_id: UUID = Field(default_factory=lambda: UUID(int=0))
    customer_id: UUID = Field(default_factory=lambda: UUID(int=0))
    currency: Currency = Field(default_factory=str)
    lines: Lines = Field(default_factory=list)

    @model_validator(mode="after")
    def _one_of_both(self) -> InvoiceIn:
        own = self.model_fields_set & set(_OWN_FIELDS)
        if ("sales_order_id" in self.model_fields_set) == bool(own):
            raise ValueError(f"give either sales_order_id, or {', '.join(_OWN_FIELDS)}")
        return self


class Rejection(Body):
    """Why, if that is known."""

    reason: Annotated[Text, Field(max_length=200, examples=["the tax id is wrong"])] = ""


class InvoiceQuery(PageQuery):
    """All filters must match."""

    status: Annotated[str, Field("", description="comma-separated, e.g. `sent,authorized`")]
    customer: Annotated[UUID | None, Field(None, description="id of a customer")]
    number: Annotated[Text, Field("", description="e.g. `INV-000017`")]
    sales_order: Annotated[UUID | None, Field(None, description="id of a sales order")]


class InvoiceOut(Schema):
    """What a customer owes. `total` is the sum of the lines' amounts, each rounded half up to two decimals."""

    id: UUID
    number: str = Field(examples=["INV-000017"])
    sales_order_id: UUID | None
    customer_id: UUID
    customer_name: str = Field(examples=["Bodegas Ribera"])
    currency: str = Field(examples=["EUR"])
    total: Money = Field(examples=["1250.50"])
    amount_paid: Money = Field(description="the sum of its payments, but for failed ones", examples=["0.00"])
    balance: Money = Field(description="what is still to be paid", examples=["1250.50"])
    status: InvoiceStatus
    reason: str = Field(description="why it was rejected or cancelled", examples=[""])
    sent_at: Time | None = Field(examples=[None])
    authorized_at: Time | None = Field(examples=[None])
    rejected_at: Time | None = Field(examples=[None])
    cancelled_at: Time | None = Field(examples=[None])
    created_at: Time
    updated_at: Time


class InvoiceWithLines(InvoiceOut):
    """An invoice with its lines."""

    lines: list[LineOut]


class InvoicePage(Schema):
    """Invoices, newest first."""

    items: list[InvoiceOut]
    next_cursor: NextCursor


@router.post("", response={201: InvoiceWithLines, **problems(409)}, summary="Create an invoice")
def create_invoice(request: HttpRequest, body: InvoiceIn) -> Status[Any]:
    """Publishes `invoice.created`. Numbers have no gaps.

    With `sales_order_id` it takes over the order's customer, currency and lines; an order that is cancelled, or has an
    invoice that is neither rejected nor cancelled, is a 409.
    """
    tenant_id = caller(request).tenant_id
    if "sales_order_id" in body.model_fields_set:
        return Status(201, services.invoice_order(tenant_id, body.sales_order_id))
    for name in _OWN_FIELDS:
        if name not in body.model_fields_set:
            raise invalid(name, "required unless there is a sales_order_id")
    lines = [line.new_line() for line in body.lines]
    invoice = services.create_invoice(tenant_id, customer_id=body.customer_id, currency=body.currency, lines=lines)
    return Status(201, invoice)


@router.get("", response={200: InvoicePage, **problems()}, summary="List invoices")
def list_invoices(request: HttpRequest, query: Query[InvoiceQuery]) -> dict[str, Any]:
    """Newest first, without their lines."""
    known_query(request, query)
    rows = Invoice.objects.filter(tenant_id=caller(request).tenant_id).select_related("customer")
    if query.number:
        rows = rows.filter(number=query.number)
    rows = by_id(by_status(rows, query.status, InvoiceStatus), "customer", query.customer)
    return page(by_id(rows, "sales_order", query.sales_order), query)


@router.get("/{id:invoice_id}", response={200: InvoiceWithLines, **problems(404)}, summary="Get an invoice")
def get_invoice(request: HttpRequest, invoice_id: UUID) -> Invoice:
    """With its lines."""
    invoices = Invoice.objects.filter(tenant_id=caller(request).tenant_id, id=invoice_id)
    invoice = invoices.select_related("customer").first()
    if invoice is None:
        raise not_found("invoice")
    return invoice


@router.put(
    "/{id:invoice_id}/send",
    response={200: InvoiceWithLines, **problems(404, 409)},
    summary="Send an invoice",
    openapi_extra=answering(status="sent", sent_at=MOMENT),
)
def send_invoice(request: HttpRequest, invoice_id: UUID, body: Nothing | None = None) -> Invoice:
    """Publishes `invoice.sent`. Only a draft can be sent: 409 otherwise."""
    return services.send_invoice(caller(request).tenant_id, invoice_id)


@router.put(
    "/{id:invoice_id}/authorize",
    response={200: InvoiceWithLines, **problems(404, 409)},
    summary="Authorize an invoice",
    openapi_extra=answering(status="authorized", sent_at=MOMENT, authorized_at=MOMENT),
)
def authorize_invoice(request: HttpRequest, invoice_id: UUID, body: Nothing | None = None) -> Invoice:
    """Publishes `invoice.authorized`. Only a sent invoice can be authorized: 409 otherwise."""
    return services.authorize_invoice(caller(request).tenant_id, invoice_id)


@router.put(
    "/{id:invoice_id}/reject",
    response={200: InvoiceWithLines, **problems(404, 409)},
    summary="Reject an invoice",
    openapi_extra=answering(
        status="rejected",
        reason="the tax id is wrong",
        sent_at=MOMENT,
        rejected_at=MOMENT,
    ),
)
def reject_invoice(request: HttpRequest, invoice_id: UUID, body: Rejection | None = None) -> Invoice:
    """Publishes `invoice.rejected`. Only a sent invoice can be rejected: 409 otherwise."""
    return services.reject_invoice(caller(request).tenant_id, invoice_id, body.reason if body else "")


@router.put(
    "/{id:invoice_id}/cancel",
    response={200: InvoiceWithLines, **problems(404, 409)},
    summary="Cancel an invoice",
    openapi_extra=answering(status="cancelled", reason="ordered twice", cancelled_at=MOMENT),
)
def cancel_invoice(request: HttpRequest, invoice_id: UUID, body: Reason | None = None) -> Invoice:
    """Publishes `invoice.cancelled`. A rejected invoice, or one that is paid, in full or in part, is a 409."""
    return services.cancel_invoice(caller(request).tenant_id, invoice_id, body.reason if body else "")
