"""REST: a tenant never sees, changes or infers anything of another."""

from __future__ import annotations

import pytest

from erp.invoicing.models import Invoice
from erp.sales.models import SalesOrder
from tests.factories import make_attempt, make_delivery, make_event, make_subscription
from tests.integration.api.answers import json_of, problem_of
from webhooks.models import Delivery, Subscription

CUSTOMER = {"name": "Bodegas Ribera", "email": "ana@ribera.example"}
PAYMENT = {"amount": "12.50", "currency": "EUR", "method": "card"}


@pytest.fixture
def ids(api_client):
    """Something of each kind that belongs to `api_client`."""
    subscription = make_subscription(api_client.tenant, events=["invoice.*"])
    delivery = make_delivery(subscription, source=make_event(api_client.tenant))
    make_attempt(delivery)
    customer = json_of(api_client("post", "/customers", CUSTOMER), 201)["id"]
    order = {"customer_id": customer, "currency": "EUR", "lines": [{"sku": "X", "quantity": 1, "unit_price": "12.50"}]}
    return {
        "subscription": subscription.id,
        "delivery": delivery.id,
        "event": delivery.source_id,
        "customer": customer,
        "order": json_of(api_client("post", "/sales_orders", order), 201)["id"],
        "invoice": json_of(api_client("post", "/invoices", order), 201)["id"],
        "payment": json_of(api_client("post", "/payments", PAYMENT), 201)["id"],
    }


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("get", "/webhooks/subscriptions/{subscription}", None),
        ("patch", "/webhooks/subscriptions/{subscription}", {"active": False}),
        ("delete", "/webhooks/subscriptions/{subscription}", None),
        ("post", "/webhooks/subscriptions/{subscription}/rotate-secret", None),
        ("post", "/webhooks/subscriptions/{subscription}/test", None),
        ("post", "/webhooks/subscriptions/{subscription}/enable", None),
        ("post", "/webhooks/subscriptions/{subscription}/disable", None),
        ("get", "/webhooks/deliveries/{delivery}", None),
        ("post", "/webhooks/deliveries/{delivery}/retry", None),
        ("post", "/webhooks/deliveries/{delivery}/cancel", None),
        ("get", "/webhooks/events/{event}", None),
        ("get", "/customers/{customer}", None),
        ("patch", "/customers/{customer}", {"name": "Stolen"}),
        ("get", "/sales_orders/{order}", None),
        ("put", "/sales_orders/{order}/confirm", None),
        ("put", "/sales_orders/{order}/cancel", None),
        ("get", "/invoices/{invoice}", None),
        ("put", "/invoices/{invoice}/send", None),
        ("put", "/invoices/{invoice}/authorize", None),
        ("put", "/invoices/{invoice}/reject", None),
        ("put", "/invoices/{invoice}/cancel", None),
        ("get", "/payments/{payment}", None),
        ("put", "/payments/{payment}/fail", None),
    ],
)
def test_anothers_id_is_not_found_like_one_that_does_not_exist(api_client, stranger, ids, method, path, body):
    before = _rows()
    foreign = problem_of(stranger(method, path.format(**ids), body), 404)
    unknown = dict.fromkeys(ids, "00000000-0000-7000-8000-000000000000")
    assert foreign == problem_of(stranger(method, path.format(**unknown), body), 404)
    assert _rows() == before


@pytest.mark.parametrize(
    "path",
    [
        "/webhooks/subscriptions",
        "/webhooks/deliveries",
        "/webhooks/events",
        "/customers",
        "/sales_orders",
        "/invoices",
        "/payments",
    ],
)
def test_lists_hold_only_ones_own(api_client, stranger, ids, path):
    assert json_of(stranger("get", path)) == {"items": [], "next_cursor": None}
    assert json_of(api_client("get", path))["items"]


def test_filters_open_nothing(stranger, ids):
    for query in (f"subscription={ids['subscription']}", "event=*", "status=PENDING"):
        assert json_of(stranger("get", f"/webhooks/deliveries?{query}"))["items"] == []
    assert json_of(stranger("get", "/webhooks/events?entity=p-1"))["items"] == []


def test_a_token_is_bound_to_its_tenant_whatever_the_query_says(api_client, stranger, ids):
    assert problem_of(stranger("get", f"/webhooks/deliveries?tenant={api_client.tenant.slug}"), 404)


def test_events_fan_out_to_ones_own_subscriptions_only(api_client, stranger):
    make_subscription(stranger.tenant, events=["*"])
    json_of(api_client("post", "/customers", CUSTOMER), 201)
    assert not Delivery.objects.exists()


def test_the_limit_of_subscriptions_counts_ones_own(api_client, stranger, settings):
    settings.WEBHOOK_MAX_SUBSCRIPTIONS = 1
    make_subscription(stranger.tenant)
    json_of(api_client("post", "/webhooks/subscriptions", {"url": "https://hooks.example.com", "event": "*"}), 201)


def _rows():
    return [list(model.objects.order_by("id").values()) for model in (Subscription, Delivery, SalesOrder, Invoice)]
