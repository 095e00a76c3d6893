"""From a REST call to a verified request at a real receiver, once for every event type."""

from __future__ import annotations

import json
import time

import pytest
from jsonschema import Draft202012Validator
from standardwebhooks import Webhook

from project.receiver.verifying import is_genuine
from tests.conftest import ApiClient
from tests.factories import make_tenant
from tests.integration.dispatching.running import eventually
from webhooks.event_types import names

CUSTOMER = {"name": "Bodegas Ribera", "email": "ana@ribera.example"}
LINES = [{"sku": "CASK-225", "description": "Oak cask", "quantity": 2, "unit_price": "600.00"}]
PAYMENT = {"amount": "12.50", "currency": "EUR", "method": "card"}


@pytest.fixture
def api(transactional_db):
    return Api(make_tenant())


class Api(ApiClient):
    """Calls that must succeed; each returns the thing's JSON."""

    def call(self, method, path, body=None):
        response = self(method, path, body)
        assert response.status_code in (200, 201, 202), response.content
        return response.json()

    def customer(self):
        return self.call("post", "/customers", CUSTOMER)

    def order(self):
        body = {"customer_id": self.customer()["id"], "currency": "EUR", "lines": LINES}
        return self.call("post", "/sales_orders", body)

    def invoice(self):
        return self.call("post", "/invoices", {"sales_order_id": self.order()["id"]})

    def sent_invoice(self):
        return self.call("put", f"/invoices/{self.invoice()['id']}/send")


# What is there before, and the call that publishes: (prepare, call on the prepared thing).
CALLS = {
    "customer.created": (None, lambda api, _: api.customer()),
    "customer.updated": (Api.customer, lambda api, it: api.call("patch", f"/customers/{it['id']}", {"name": "Ribera"})),
    "sales_order.created": (None, lambda api, _: api.order()),
    "sales_order.confirmed": (Api.order, lambda api, it: api.call("put", f"/sales_orders/{it['id']}/confirm")),
    "sales_order.cancelled": (Api.order, lambda api, it: api.call("put", f"/sales_orders/{it['id']}/cancel")),
    "invoice.created": (None, lambda api, _: api.invoice()),
    "invoice.sent": (Api.invoice, lambda api, it: api.call("put", f"/invoices/{it['id']}/send")),
    "invoice.authorized": (Api.sent_invoice, lambda api, it: api.call("put", f"/invoices/{it['id']}/authorize")),
    "invoice.rejected": (Api.sent_invoice, lambda api, it: api.call("put", f"/invoices/{it['id']}/reject")),
    "invoice.cancelled": (Api.sent_invoice, lambda api, it: api.call("put", f"/invoices/{it['id']}/cancel")),
    "payment.received": (
        Api.invoice,
        lambda api, it: api.call("post", "/payments", {**PAYMENT, "invoice_id": it["id"]}),
    ),
    "payment.failed": (
        lambda api: api.call("post", "/payments", PAYMENT),
        lambda api, it: api.call("put", f"/payments/{it['id']}/fail", {"reason": "card expired"}),
    ),
}


def test_there_is_a_call_for_every_event_type():
    assert set(CALLS) == set(names())


@pytest.mark.parametrize("event_type", CALLS)
def test_a_call_arrives_signed_and_as_its_schema_says(worker, receiver, api, event_type):
    prepare, call = CALLS[event_type]
    prepared = prepare(api) if prepare else None
    subscription = api.call("post", "/webhooks/subscriptions", {"url": receiver.url(), "event": event_type})
    thing = call(api, prepared)
    (request,) = eventually(lambda: list(receiver.requests))
    assert is_genuine(subscription["secret"], request.headers, request.body, time.time())
    assert Webhook(subscription["secret"]).verify(request.body.decode(), dict(request.headers))
    body = json.loads(request.body)
    assert request.event == body["type"] == event_type
    assert (body["data"]["id"], body["tenant_id"]) == (thing["id"], str(api.tenant.id))
    described = {each["name"]: each for each in api.call("get", "/webhooks/event-types")["items"]}
    Draft202012Validator(described[event_type]["schema"]).validate(body["data"])
    # What the API shows of a thing and what the event says of it is the same.
    shared = set(body["data"]) & set(thing)
    assert {"id", "created_at", "updated_at"} < shared
    assert {name: body["data"][name] for name in shared} == {name: thing[name] for name in shared}
