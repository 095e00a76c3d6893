"""REST: customers. Creating and changing publish events."""

from __future__ import annotations

from typing import Annotated, Any, cast
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field

from erp.crm import services
from erp.crm.models import Customer
from erp.fields import Email
from rest.authentication import caller
from rest.pagination import NextCursor, PageQuery, page
from rest.problems import not_found
from rest.schemas import Body, Text, Time, known_query, problems

router = Router(tags=["Customers"])

Name = Annotated[Text, Field(min_length=1, max_length=200, examples=["Bodegas Ribera"])]
TaxId = Annotated[Text, Field(max_length=40, examples=["B12345678"])]


class CustomerIn(Body):
    """A new customer."""

    name: Name
    email: Email
    tax_id: TaxId = ""


class CustomerPatch(Body):
    """Absent fields stay."""

    # Never used: a factory keeps a default, which a patch does not have, out of the published schema.
    name: Name = Field(default_factory=str)
    email: Email = Field(default_factory=str)
    tax_id: TaxId = Field(default_factory=str)


class CustomerQuery(PageQuery):
    """All filters must match."""

    email: Annotated[Text, Field("", description="the exact e-mail address")]
    tax_id: Annotated[Text, Field("", description="the exact tax number")]


class CustomerOut(Schema):
    """Somebody the tenant sells to."""

    id: UUID
    name: str = Field(examples=["Bodegas Ribera"])
    email: str = Field(examples=["ana@ribera.example"])
    tax_id: str = Field(examples=["B12345678"])
    created_at: Time
    updated_at: Time


class CustomerPage(Schema):
    """Customers, newest first."""

    items: list[CustomerOut]
    next_cursor: NextCursor


@router.post("", response={201: CustomerOut, **problems()}, summary="Create a customer")
def create_customer(request: HttpRequest, body: CustomerIn) -> Status[Any]:
    """Publishes `customer.created`."""
    return Status(201, services.create_customer(caller(request).tenant_id, **body.model_dump()))


@router.get("", response={200: CustomerPage, **problems()}, summary="List customers")
def list_customers(request: HttpRequest, query: Query[CustomerQuery]) -> dict[str, Any]:
    """Newest first."""
    known_query(request, query)
    rows = Customer.objects.filter(tenant_id=caller(request).tenant_id)
    if query.email:
        rows = rows.filter(email=query.email)
    if query.tax_id:
        rows = rows.filter(tax_id=query.tax_id)
    return page(rows, query)


@router.get("/{id:customer_id}", response={200: CustomerOut, **problems(404)}, summary="Get a customer")
def get_customer(request: HttpRequest, customer_id: UUID) -> Customer:
    """As it is now."""
    customer = Customer.objects.filter(tenant_id=caller(request).tenant_id, id=customer_id).first()
    if customer is None:
        raise not_found("customer")
    return customer


@router.patch("/{id:customer_id}", response={200: CustomerOut, **problems(404)}, summary="Change a customer")
def change_customer(request: HttpRequest, customer_id: UUID, body: CustomerPatch) -> Customer:
    """Publishes `customer.updated` when a value differs."""
    changes = cast("services.CustomerChanges", body.model_dump(exclude_unset=True))
    return services.update_customer(caller(request).tenant_id, customer_id, changes)
