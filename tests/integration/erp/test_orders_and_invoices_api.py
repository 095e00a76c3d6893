"""REST: sales orders, invoices, and payments of invoices."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from jsonschema import Draft202012Validator

from erp.invoicing.models import Invoice
from erp.sales.models import SalesOrder
from tenancy.ids import new_id
from tests.conftest import ApiClient
from tests.factories import make_tenant

LINE = {"sku": "CASK-225", "description": "Oak cask, 225 l", "quantity": 2, "unit_price": "600.00"}
UNKNOWN = "00000000-0000-7000-8000-000000000000"


@pytest.fixture
def api(transactional_db: None, api_client: ApiClient) -> ApiClient:
    return api_client


@pytest.fixture
def order_body(api: ApiClient) -> dict[str, Any]:
    customer = _json(api("post", "/customers", {"name": "Bodegas Ribera", "email": "ana@ribera.example"}), 201)
    return {"customer_id": customer["id"], "currency": "EUR", "lines": [LINE]}


def _json(response: HttpResponse, status: int = 200) -> Any:
    assert response.status_code == status, response.content
    return response.json()  # type: ignore[attr-defined]


def _wrong(response: HttpResponse) -> set[str]:
    assert response["Content-Type"] == "application/problem+json"
    return set(_json(response, 422)["errors"])


def test_an_order_is_created_read_listed_and_moved(api: ApiClient, order_body: dict[str, Any]) -> None:
    created = _json(api("post", "/sales_orders", order_body), 201)
    assert (created["number"], created["status"], created["total"]) == ("SO-000001", "draft", "1200.00")
    assert created["customer_name"] == "Bodegas Ribera"
    assert created["lines"] == [{**LINE, "quantity": "2", "amount": "1200.00"}]
    path = f"/sales_orders/{created['id']}"
    assert _json(api("get", path)) == created
    short = {name: value for name, value in created.items() if name != "lines"}
    assert _json(api("get", "/sales_orders")) == {"items": [short], "next_cursor": None}
    confirmed = _json(api("put", f"{path}/confirm"))
    assert confirmed["status"] == "confirmed"
    assert confirmed["confirmed_at"] == confirmed["updated_at"] > confirmed["created_at"]
    cancelled = _json(api("put", f"{path}/cancel", {"reason": "ordered twice"}))
    assert (cancelled["status"], cancelled["reason"]) == ("cancelled", "ordered twice")
    assert _json(api("get", path)) == cancelled
    assert "only one that is draft can be confirmed" in _json(api("put", f"{path}/confirm"), 409)["detail"]


def test_an_invoice_goes_from_order_to_paid(api: ApiClient, order_body: dict[str, Any]) -> None:
    order = _json(api("post", "/sales_orders", order_body), 201)
    _json(api("put", f"/sales_orders/{order['id']}/confirm", {}))
    invoice = _json(api("post", "/invoices", {"sales_order_id": order["id"]}), 201)
    assert (invoice["number"], invoice["status"], invoice["total"]) == ("INV-000001", "draft", "1200.00")
    assert (invoice["sales_order_id"], invoice["lines"]) == (order["id"], order["lines"])
    path = f"/invoices/{invoice['id']}"
    assert _json(api("put", f"{path}/send", {}))["status"] == "sent"
    assert _json(api("put", f"{path}/authorize"))["status"] == "authorized"
    payment = {"amount": 1000, "currency": "EUR", "method": "card", "invoice_id": invoice["id"]}
    first = _json(api("post", "/payments", payment), 201)
    assert first["invoice_id"] == invoice["id"]
    assert _wrong(api("post", "/payments", {**payment, "amount": "200.01"})) == {"amount"}
    assert _wrong(api("post", "/payments", {**payment, "amount": "1.00", "currency": "USD"})) == {"currency"}
    _json(api("post", "/payments", {**payment, "amount": "200.00"}), 201)
    paid = _json(api("get", path))
    assert (paid["amount_paid"], paid["balance"]) == ("1200.00", "0.00")
    assert "only an unpaid one" in _json(api("put", f"{path}/cancel"), 409)["detail"]
    _json(api("put", f"/payments/{first['id']}/fail"))
    assert _json(api("get", path))["balance"] == "1000.00"
    assert len(_json(api("get", f"/payments?invoice={invoice['id']}"))["items"]) == 2
    assert _json(api("get", f"/payments?invoice={UNKNOWN}"))["items"] == []


def test_a_rejected_invoice_cannot_be_paid(api: ApiClient, order_body: dict[str, Any]) -> None:
    invoice = _json(api("post", "/invoices", order_body), 201)
    assert invoice["sales_order_id"] is None
    for move in ("send", "reject"):
        invoice = _json(api("put", f"/invoices/{invoice['id']}/{move}"))
    assert (invoice["status"], invoice["reason"]) == ("rejected", "")
    payment = {"amount": "1.00", "currency": "EUR", "method": "card", "invoice_id": invoice["id"]}
    assert _json(api("post", "/payments", payment), 409)["detail"] == "the invoice is rejected, so it cannot be paid"


@pytest.mark.parametrize("path", ["/sales_orders", "/invoices"])
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"customer_id": str(new_id())}, "customer_id"),
        ({"customer_id": "x"}, "customer_id"),
        ({"customer_id": None}, "customer_id"),
        ({"currency": "JPY"}, "currency"),
        ({"lines": []}, "lines"),
        ({"lines": None}, "lines"),
        ({"lines": [LINE] * 501}, "lines"),
        ({"lines": [LINE, {**LINE, "quantity": 0}]}, "lines.1.quantity"),
        ({"lines": [{**LINE, "quantity": "1.0001"}]}, "lines.0.quantity"),
        ({"lines": [{**LINE, "unit_price": "-1"}]}, "lines.0.unit_price"),
        ({"lines": [{**LINE, "unit_price": 0.001}]}, "lines.0.unit_price"),
        ({"lines": [{**LINE, "sku": " "}]}, "lines.0.sku"),
        ({"lines": [{**LINE, "sku": "a\0b"}]}, "lines.0.sku"),
        ({"lines": [{**LINE, "price": "1.00"}]}, "lines.0.price"),
        ({"lines": [{"sku": "X", "unit_price": "1.00"}]}, "lines.0.quantity"),
        ({"lines": [{**LINE, "quantity": 9_999_999, "unit_price": "999999999.00"}]}, "lines"),
        ({"discount": "1.00"}, "discount"),
    ],
)
def test_a_wrong_body_is_refused_by_field(
    api: ApiClient, order_body: dict[str, Any], path: str, changes: dict[str, Any], field: str
) -> None:
    assert _wrong(api("post", path, {**order_body, **changes})) == {field}
    assert not SalesOrder.objects.exists()
    assert not Invoice.objects.exists()


@pytest.mark.parametrize("missing", ["customer_id", "currency", "lines"])
def test_an_order_and_an_invoice_of_its_own_need_all_three(
    api: ApiClient, order_body: dict[str, Any], missing: str
) -> None:
    body = {name: value for name, value in order_body.items() if name != missing}
    assert _wrong(api("post", "/sales_orders", body)) == {missing}
    assert _wrong(api("post", "/invoices", body)) == {missing}


def test_an_invoice_is_made_from_an_order_or_from_lines(api: ApiClient, order_body: dict[str, Any]) -> None:
    order = _json(api("post", "/sales_orders", order_body), 201)
    assert _wrong(api("post", "/invoices", {})) == {"body"}
    assert _wrong(api("post", "/invoices", {**order_body, "sales_order_id": order["id"]})) == {"body"}
    for wrong in (UNKNOWN, "x", None):
        assert _wrong(api("post", "/invoices", {"sales_order_id": wrong})) == {"sales_order_id"}
    _json(api("post", "/invoices", {"sales_order_id": order["id"]}), 201)
    assert "has the invoice" in _json(api("post", "/invoices", {"sales_order_id": order["id"]}), 409)["detail"]


@pytest.mark.parametrize("move", ["confirm", "cancel"])
def test_a_move_refuses_what_it_does_not_know(api: ApiClient, order_body: dict[str, Any], move: str) -> None:
    order = _json(api("post", "/sales_orders", order_body), 201)
    assert _wrong(api("put", f"/sales_orders/{order['id']}/{move}", {"why": "x"})) == {"why"}
    assert api("put", f"/sales_orders/{order['id']}/{move}", "{").status_code == 400


def test_lists_are_filtered_and_come_in_pages(api: ApiClient, order_body: dict[str, Any]) -> None:
    orders = [_json(api("post", "/sales_orders", order_body), 201)["id"] for _ in range(3)]
    invoices = [_json(api("post", "/invoices", {"sales_order_id": order}), 201)["id"] for order in orders]
    _json(api("put", f"/sales_orders/{orders[0]}/confirm"))
    _json(api("put", f"/invoices/{invoices[0]}/send"))

    def listed(path: str) -> list[str]:
        return [item["id"] for item in _json(api("get", path))["items"]]

    assert listed("/sales_orders?status=confirmed") == orders[:1]
    assert listed("/sales_orders?status=confirmed,draft") == orders[::-1]
    assert listed(f"/sales_orders?customer={order_body['customer_id']}&limit=1") == orders[2:]
    assert listed(f"/sales_orders?customer={UNKNOWN}") == []
    assert listed("/sales_orders?number=SO-000002") == orders[1:2]
    assert listed("/invoices?number=INV-000003&status=sent") == []
    assert listed("/invoices?status=sent") == invoices[:1]
    assert listed(f"/invoices?sales_order={orders[1]}") == [invoices[1]]
    assert listed(f"/invoices?customer={UNKNOWN}") == []
    first = _json(api("get", "/invoices?limit=2"))
    assert listed(f"/invoices?limit=2&cursor={first['next_cursor']}") == invoices[:1]


@pytest.mark.parametrize(
    "query", ["status=paid", "status=,", "customer=x", "limit=0", "cursor=x", "number=%00", "total=1"]
)
def test_a_wrong_query_is_refused(api: ApiClient, query: str) -> None:
    for path in ("/sales_orders", "/invoices"):
        assert _wrong(api("get", f"{path}?{query}")) == {query.partition("=")[0]}


@pytest.mark.parametrize("unknown", [UNKNOWN, "1", "x"])
def test_an_unknown_or_malformed_id_is_not_found(api: ApiClient, unknown: str) -> None:
    moves = {"sales_orders": ["confirm", "cancel"], "invoices": ["send", "authorize", "reject", "cancel"]}
    for kind, verbs in moves.items():
        for method, path in [("get", f"/{kind}/{unknown}"), *(("put", f"/{kind}/{unknown}/{verb}") for verb in verbs)]:
            response = api(method, path)
            assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")


def test_another_tenants_customer_order_and_invoice_are_unknown(api: ApiClient, order_body: dict[str, Any]) -> None:
    stranger = ApiClient(make_tenant())
    order = _json(api("post", "/sales_orders", order_body), 201)
    invoice = _json(api("post", "/invoices", {"sales_order_id": order["id"]}), 201)
    assert _wrong(stranger("post", "/sales_orders", order_body)) == {"customer_id"}
    assert _wrong(stranger("post", "/invoices", order_body)) == {"customer_id"}
    assert _wrong(stranger("post", "/invoices", {"sales_order_id": order["id"]})) == {"sales_order_id"}
    payment = {"amount": "1.00", "currency": "EUR", "method": "card", "invoice_id": invoice["id"]}
    assert _wrong(stranger("post", "/payments", payment)) == {"invoice_id"}
    for query in (f"/invoices?sales_order={order['id']}", f"/sales_orders?customer={order_body['customer_id']}"):
        assert _json(stranger("get", query))["items"] == []


def test_a_list_costs_the_same_number_of_queries_however_long_it_is(api: ApiClient, order_body: dict[str, Any]) -> None:
    costs = []
    for length in (1, 5):
        while len(_json(api("get", "/invoices"))["items"]) < length:
            api("post", "/invoices", order_body)
        with CaptureQueriesContext(connection) as queries:
            assert len(_json(api("get", "/invoices"))["items"]) == length
        costs.append(len(queries))
    assert costs[0] == costs[1]


@pytest.mark.parametrize(
    ("given", "valid"),
    [
        (("sales_order_id",), True),
        (("customer_id", "currency", "lines"), True),
        ((), False),
        (("customer_id", "currency"), False),
        (("sales_order_id", "customer_id"), False),
        (("sales_order_id", "customer_id", "currency", "lines"), False),
    ],
)
def test_the_published_schema_of_a_new_invoice_says_which_fields_go_together(
    given: tuple[str, ...], valid: bool
) -> None:
    values = {"sales_order_id": UNKNOWN, "customer_id": UNKNOWN, "currency": "EUR", "lines": [LINE]}
    schemas = _json(Client().get("/api/v1/openapi.json"))["components"]["schemas"]
    schema = {"$ref": "#/components/schemas/InvoiceIn", "components": {"schemas": schemas}}
    assert Draft202012Validator(schema).is_valid({name: values[name] for name in given}) == valid
