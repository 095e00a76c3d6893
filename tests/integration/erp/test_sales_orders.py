"""Sales order use cases: the change and its event are one, and wrong moves are refused."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from erp.errors import ConflictError, InvalidFieldError, NotFoundError
from erp.lines import NewLine
from erp.numbering.models import NumberSeries
from erp.sales.models import SalesOrder, SalesOrderLine
from erp.sales.services import cancel_order, confirm_order, create_order
from erp.sales.webhooks import SalesOrderWebhookService
from tenancy.ids import new_id
from tenancy.models import Tenant
from tests.integration.erp.documents import LINES, make_customer, make_order
from webhooks.models import Delivery, Event, Subscription

PublishedEvents = Callable[[], list[dict[str, Any]]]


def test_a_new_order_is_a_draft_with_number_lines_and_total(tenant: Tenant, published: PublishedEvents) -> None:
    order = make_order(tenant)
    saved = SalesOrder.objects.get(id=order.id)
    assert (saved.number, saved.status, saved.total) == ("SO-000001", "draft", Decimal("1250.50"))
    assert [(line.position, line.sku, line.amount) for line in saved.lines] == [
        (1, "CASK-225", Decimal("1200.00")),
        (2, "CORK-45", Decimal("50.50")),
    ]
    body = published()[-1]
    assert body["type"] == "sales_order.created"
    data = body["data"]
    assert (data["id"], data["number"], data["status"], data["total"]) == (
        str(order.id),
        "SO-000001",
        "draft",
        "1250.50",
    )
    assert (data["customer_id"], data["customer_name"]) == (str(order.customer_id), "Bodegas Ribera")
    assert data["lines"][1] == {
        "sku": "CORK-45",
        "description": "Corks",
        "quantity": "0.5",
        "unit_price": "101.00",
        "amount": "50.50",
    }


def test_a_confirmed_order_says_when(tenant: Tenant, published: PublishedEvents) -> None:
    order = make_order(tenant)
    confirmed = confirm_order(tenant.id, order.id)
    assert (confirmed.status, confirmed.cancelled_at) == ("confirmed", None)
    body = published()[-1]
    assert (body["type"], body["data"]["status"]) == ("sales_order.confirmed", "confirmed")
    assert body["data"]["confirmed_at"] > body["data"]["created_at"]
    assert len(body["data"]["lines"]) == 2


@pytest.mark.parametrize("confirmed", [False, True])
def test_a_draft_or_confirmed_order_is_cancelled_with_a_reason(
    tenant: Tenant, published: PublishedEvents, confirmed: bool
) -> None:
    order = make_order(tenant)
    if confirmed:
        confirm_order(tenant.id, order.id)
    cancel_order(tenant.id, order.id, "ordered twice")
    body = published()[-1]
    assert (body["type"], body["data"]["reason"]) == ("sales_order.cancelled", "ordered twice")
    assert (body["data"]["confirmed_at"] is not None) == confirmed
    assert SalesOrder.objects.get(id=order.id).reason == "ordered twice"


def test_a_wrong_move_is_refused_and_says_what_would_be_right(tenant: Tenant, published: PublishedEvents) -> None:
    order = make_order(tenant)
    confirm_order(tenant.id, order.id)
    with pytest.raises(ConflictError, match="the sales order is already confirmed"):
        confirm_order(tenant.id, order.id)
    cancel_order(tenant.id, order.id)
    with pytest.raises(ConflictError, match="is cancelled; only one that is draft can be confirmed"):
        confirm_order(tenant.id, order.id)
    with pytest.raises(ConflictError, match="already cancelled"):
        cancel_order(tenant.id, order.id)
    assert [body["type"] for body in published()][1:] == [
        "sales_order.created",
        "sales_order.confirmed",
        "sales_order.cancelled",
    ]


@pytest.mark.parametrize("move", [confirm_order, cancel_order])
def test_an_unknown_or_foreign_order_cannot_be_moved(tenant: Tenant, move: Callable[..., SalesOrder]) -> None:
    order = make_order(tenant)
    for tenant_id, order_id in ((tenant.id, new_id()), (new_id(), order.id)):
        with pytest.raises(NotFoundError):
            move(tenant_id, order_id)
    assert SalesOrder.objects.get().status == "draft"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"customer_id": new_id()}, "customer_id"),
        ({"currency": "JPY"}, "currency"),
        ({"lines": []}, "lines"),
        ({"lines": [NewLine("X", "", Decimal(0), Decimal(1))]}, "lines.0.quantity"),
    ],
)
def test_an_order_against_the_rules_is_refused_by_field(tenant: Tenant, changes: dict[str, Any], field: str) -> None:
    given = {"customer_id": make_customer(tenant).id, "currency": "EUR", "lines": LINES}
    with pytest.raises(InvalidFieldError) as caught:
        create_order(tenant.id, **{**given, **changes})
    assert caught.value.field == field
    assert not SalesOrder.objects.exists()
    assert not NumberSeries.objects.filter(last__gt=0).exists()


def test_another_tenants_customer_cannot_order(tenant: Tenant) -> None:
    other = Tenant.objects.create(name="Norte", slug="norte")
    with pytest.raises(InvalidFieldError) as caught:
        create_order(tenant.id, customer_id=make_customer(other).id, currency="EUR", lines=LINES)
    assert caught.value.field == "customer_id"


def test_a_rolled_back_order_leaves_nothing_not_even_a_gap(tenant: Tenant, subscription: Subscription) -> None:
    with transaction.atomic():
        make_order(tenant)
        transaction.set_rollback(True)
    assert not any(model.objects.exists() for model in (SalesOrder, SalesOrderLine, Event, Delivery))
    assert make_order(tenant).number == "SO-000001"


def test_an_event_that_cannot_be_published_undoes_the_change(tenant: Tenant, subscription: Subscription) -> None:
    order = make_order(tenant)
    Subscription.objects.update(retry_schedule="no-such-schedule")
    for change in (
        lambda: create_order(tenant.id, customer_id=order.customer_id, currency="EUR", lines=LINES),
        lambda: confirm_order(tenant.id, order.id),
        lambda: cancel_order(tenant.id, order.id),
    ):
        with pytest.raises((ValueError, KeyError)):
            change()
    assert list(SalesOrder.objects.values_list("number", "status")) == [("SO-000001", "draft")]
    assert NumberSeries.objects.get().last == 1


def test_a_trigger_costs_the_call_its_inserts_and_the_look_for_subscriptions(
    tenant: Tenant, subscription: Subscription
) -> None:
    order = confirm_order(tenant.id, make_order(tenant).id)
    with transaction.atomic(), CaptureQueriesContext(connection) as queries:
        SalesOrderWebhookService.trigger_sales_order_confirmed(order)
    statements = [query["sql"].split()[0] for query in queries.captured_queries]
    assert [each for each in statements if each in ("SELECT", "INSERT", "UPDATE")] == ["SELECT", "INSERT", "INSERT"]


def test_an_order_too_large_to_send_is_taken_and_published_thin(tenant: Tenant, published: PublishedEvents) -> None:
    order = make_order(tenant, [NewLine("X", "🍇" * 200, Decimal(1), Decimal(1))] * 500)
    assert published()[-1]["data"] == {"id": str(order.id), "truncated": True}
    assert SalesOrder.objects.get().total == 500


def test_the_largest_plain_order_is_published_whole(tenant: Tenant, published: PublishedEvents) -> None:
    line = NewLine("S" * 64, "d" * 200, Decimal("9999999.999"), Decimal("99.99"))
    order = make_order(tenant, [line] * 500)
    assert len(SalesOrder.objects.get(id=order.id).lines) == len(published()[-1]["data"]["lines"]) == 500
