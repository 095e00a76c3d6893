"""The REST API, put together: one OpenAPI document at /api/v1/openapi.json, readable at /api/v1/docs."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from ninja import NinjaAPI, Swagger
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from erp.crm.api import router as customers
from erp.errors import ConflictError, InvalidFieldError, NotFoundError
from erp.invoicing.api import router as invoices
from erp.reconciliation.api import router as payments
from erp.sales.api import router as sales_orders
from rest import converters as _converters  # noqa: F401  # registers `id` before any route is read
from rest import openapi, problems, rate_limit
from rest.authentication import CHECKS
from rest.idempotency import idempotent
from rest.parsing import StrictParser
from rest.strictness import strict
from rest.tenant_rows import of_callers_tenant
from webhooks.api.deliveries import router as deliveries
from webhooks.api.event_types import router as event_types
from webhooks.api.events import router as events
from webhooks.api.subscriptions import router as subscriptions

DESCRIPTION = """
What happened in the ERP, and how other systems are told.

Every call needs `Authorization: Bearer TOKEN`; a token belongs to one tenant. Errors are `application/problem+json`.
Lists come newest first in pages: pass `next_cursor` on as `cursor`. Times are RFC 3339 in UTC, money is a string.
"""

TAGS = {
    "Subscriptions": "Where events are sent: a URL, the event types it wants, and the secret that signs them.",
    "Deliveries": "One event to one subscription, with every attempt that was made.",
    "Event types": "What can be published and subscribed to, each with the schema and an example of its payload.",
    "Events": "What happened and was published, as it is sent to receivers.",
    "Customers": "Whom the tenant sells to. Changes publish `customer.*` events.",
    "Sales orders": "What customers ordered. Changes publish `sales_order.*` events.",
    "Invoices": "What customers owe, settled by payments. Changes publish `invoice.*` events.",
    "Payments": "Money that came in, or failed to. Changes publish `payment.*` events.",
}


class Api(NinjaAPI):
    """An API whose OpenAPI document says what all operations have in common."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        schema = super().get_openapi_schema(**options)
        openapi.complete(schema)
        return schema

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """The function's name, which makes good names in generated clients."""
        return operation.view_func.__name__


api = Api(
    title="GestiqCloud Webhooks",
    version="1",
    description=DESCRIPTION,
    auth=CHECKS,
    parser=StrictParser(),
    openapi_extra={"tags": [{"name": name, "description": text} for name, text in TAGS.items()]},
    # No validator: its badge would be loaded from elsewhere.
    docs=Swagger(settings={"persistAuthorization": False, "validatorUrl": None}),
    # Without an exemption another method is refused for its CSRF token, and not for being another method.
    docs_decorator=lambda view: csrf_exempt(require_safe(view)),
)
problems.install(api)
api.add_decorator(strict, mode="operation")
# From the inside out.
api.add_decorator(of_callers_tenant(api), mode="view")
api.add_decorator(idempotent(api), mode="view")
api.add_decorator(rate_limit.shown, mode="view")

api.add_router("tenant/webhooks/subscriptions", subscriptions)
api.add_router("tenant/webhooks/deliveries", deliveries)
api.add_router("tenant/webhooks/events", events)
api.add_router("tenant/webhooks/event-types", event_types)
api.add_router("tenant/customers", customers)
api.add_router("tenant/sales_orders", sales_orders)
api.add_router("tenant/invoices", invoices)
api.add_router("tenant/payments", payments)


@api.exception_handler(NotFoundError)
def on_not_found(request: HttpRequest, exc: NotFoundError) -> HttpResponse:
    return problems.render(HTTPStatus.NOT_FOUND, f"no such {exc.kind}")


@api.exception_handler(InvalidFieldError)
def on_invalid_field(request: HttpRequest, exc: InvalidFieldError) -> HttpResponse:
    return problems.render(HTTPStatus.UNPROCESSABLE_ENTITY, str(exc), {exc.field: [exc.message]})


@api.exception_handler(ConflictError)
def on_conflict(request: HttpRequest, exc: ConflictError) -> HttpResponse:
    return problems.render(HTTPStatus.CONFLICT, str(exc))
