"""REST: sales orders. Each change publishes an event."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field

from erp.fields import Currency, LineOut, Lines, Nothing, Reason
from erp.filters import by_id, by_status
from erp.sales import services
from erp.sales.models import OrderStatus, SalesOrder
from rest.authentication import caller
from rest.examples import MOMENT, answering
from rest.pagination import NextCursor, PageQuery, page
from rest.problems import not_found
from rest.schemas import Body, Money, Text, Time, known_query, problems

router = Router(tags=["Sales orders"])


class SalesOrderIn(Body):
    """A new draft."""

    customer_id: UUID
    currency: Currency
    lines: Lines


class SalesOrderQuery(PageQuery):
    """All filters must match."""

    status: Annotated[str, Field("", description="comma-separated, e.g. `draft,confirmed`")]
    customer: Annotated[UUID | None, Field(None, description="id of a customer")]
    number: Annotated[Text, Field("", description="e.g. `SO-000042`")]


class SalesOrderOut(Schema):
    """What a customer wants to buy. `total` is the sum of the lines' amounts, each rounded half up to two decimals."""

    id: UUID
    number: str = Field(examples=["SO-000042"])
    customer_id: UUID
    customer_name: str = Field(examples=["Bodegas Ribera"])
    currency: str = Field(examples=["EUR"])
    total: Money = Field(examples=["1250.50"])
    status: OrderStatus
    reason: str = Field(description="why it was cancelled", examples=[""])
    confirmed_at: Time | None = Field(examples=[None])
    cancelled_at: Time | None = Field(examples=[None])
    created_at: Time
    updated_at: Time


class SalesOrderWithLines(SalesOrderOut):
    """A sales order with its lines."""

    lines: list[LineOut]


class SalesOrderPage(Schema):
    """Sales orders, newest first."""

    items: list[SalesOrderOut]
    next_cursor: NextCursor


@router.post("", response={201: SalesOrderWithLines, **problems()}, summary="Create a sales order")
def create_sales_order(request: HttpRequest, body: SalesOrderIn) -> Status[Any]:
    """Publishes `sales_order.created`. Numbers have no gaps."""
    lines = [line.new_line() for line in body.lines]
    order = services.create_order(
        caller(request).tenant_id, customer_id=body.customer_id, currency=body.currency, lines=lines
    )
    return Status(201, order)


@router.get("", response={200: SalesOrderPage, **problems()}, summary="List sales orders")
def list_sales_orders(request: HttpRequest, query: Query[SalesOrderQuery]) -> dict[str, Any]:
    """Newest first, without their lines."""
    known_query(request, query)
    rows = SalesOrder.objects.filter(tenant_id=caller(request).tenant_id).select_related("customer")
    if query.number:
        rows = rows.filter(number=query.number)
    return page(by_id(by_status(rows, query.status, OrderStatus), "customer", query.customer), query)


@router.get("/{id:order_id}", response={200: SalesOrderWithLines, **problems(404)}, summary="Get a sales order")
def get_sales_order(request: HttpRequest, order_id: UUID) -> SalesOrder:
    """With its lines."""
    orders = SalesOrder.objects.filter(tenant_id=caller(request).tenant_id, id=order_id)
    order = orders.select_related("customer").first()
    if order is None:
        raise not_found("sales order")
    return order


@router.put(
    "/{id:order_id}/confirm",
    response={200: SalesOrderWithLines, **problems(404, 409)},
    summary="Confirm a sales order",
    openapi_extra=answering(status="confirmed", confirmed_at=MOMENT),
)
def confirm_sales_order(request: HttpRequest, order_id: UUID, body: Nothing | None = None) -> SalesOrder:
    """Publishes `sales_order.confirmed`. Only a draft can be confirmed: 409 otherwise."""
    return services.confirm_order(caller(request).tenant_id, order_id)


@router.put(
    "/{id:order_id}/cancel",
    response={200: SalesOrderWithLines, **problems(404, 409)},
    summary="Cancel a sales order",
    openapi_extra=answering(status="cancelled", reason="ordered twice", cancelled_at=MOMENT),
)
def cancel_sales_order(request: HttpRequest, order_id: UUID, body: Reason | None = None) -> SalesOrder:
    """Publishes `sales_order.cancelled`. Only once: 409 after that."""
    return services.cancel_order(caller(request).tenant_id, order_id, body.reason if body else "")
