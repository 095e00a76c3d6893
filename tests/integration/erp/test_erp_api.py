"""REST: customers and payments."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpResponse

from erp.crm.models import Customer
from erp.reconciliation.models import Payment
from tenancy.ids import new_id
from tests.conftest import ApiClient
from tests.factories import make_tenant
from webhooks.models import Event

CUSTOMER = {"name": "Bodegas Ribera", "email": "ana@ribera.example", "tax_id": "B12345678"}
PAYMENT = {"amount": "1250.5", "currency": "EUR", "method": "card"}


@pytest.fixture
def api(transactional_db: None, api_client: ApiClient) -> ApiClient:
    return api_client


@pytest.fixture
def stranger(api: ApiClient) -> ApiClient:
    return ApiClient(make_tenant())


def _json(response: HttpResponse, status: int) -> Any:
    assert response.status_code == status, response.content
    return response.json()  # type: ignore[attr-defined]


def _field_errors(response: HttpResponse) -> set[str]:
    assert response["Content-Type"] == "application/problem+json"
    return set(_json(response, 422)["errors"])


def _event_types() -> list[str]:
    return list(Event.objects.order_by("id").values_list("type", flat=True))


def test_a_customer_is_created_read_and_listed(api: ApiClient) -> None:
    created = _json(api("post", "/customers", CUSTOMER), 201)
    assert {name: created[name] for name in CUSTOMER} == CUSTOMER
    assert created["created_at"].endswith("Z")
    assert _json(api("get", f"/customers/{created['id']}"), 200) == created
    assert _json(api("get", "/customers"), 200) == {"items": [created], "next_cursor": None}
    assert _event_types() == ["customer.created"]


def test_a_customer_needs_no_tax_id(api: ApiClient) -> None:
    assert _json(api("post", "/customers", {"name": "Ana", "email": "ana@x.example"}), 201)["tax_id"] == ""


def test_a_patch_changes_only_what_it_names(api: ApiClient) -> None:
    created = _json(api("post", "/customers", CUSTOMER), 201)
    changed = _json(api("patch", f"/customers/{created['id']}", {"name": "Ribera Wines"}), 200)
    assert changed == {**created, "name": "Ribera Wines", "updated_at": changed["updated_at"]}
    assert changed["updated_at"] > created["updated_at"]
    assert _event_types() == ["customer.created", "customer.updated"]


@pytest.mark.parametrize("body", [{}, {"name": "Bodegas Ribera"}])
def test_a_patch_without_a_difference_publishes_nothing(api: ApiClient, body: dict[str, str]) -> None:
    created = _json(api("post", "/customers", CUSTOMER), 201)
    assert _json(api("patch", f"/customers/{created['id']}", body), 200) == created
    assert _event_types() == ["customer.created"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "   "}, "name"),
        ({"name": None}, "name"),
        ({"name": 5}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"name": "\ud800"}, "name"),
        ({"email": "nobody"}, "email"),
        ({"tax_id": "x" * 41}, "tax_id"),
        ({"vat": "x"}, "vat"),
    ],
)
def test_a_wrong_customer_is_refused_by_field(api: ApiClient, changes: dict[str, Any], field: str) -> None:
    assert _field_errors(api("post", "/customers", {**CUSTOMER, **changes})) == {field}
    created = _json(api("post", "/customers", CUSTOMER), 201)
    assert _field_errors(api("patch", f"/customers/{created['id']}", changes)) == {field}
    assert Customer.objects.get().name == CUSTOMER["name"]


@pytest.mark.parametrize("name", ["name", "email"])
def test_a_customer_without_name_or_email_is_refused(api: ApiClient, name: str) -> None:
    assert _field_errors(api("post", "/customers", {k: v for k, v in CUSTOMER.items() if k != name})) == {name}


def test_a_payment_is_received_on_account(api: ApiClient) -> None:
    created = _json(api("post", "/payments", PAYMENT), 201)
    assert (created["amount"], created["currency"], created["method"]) == ("1250.50", "EUR", "card")
    assert (created["status"], created["invoice_id"], created["reference"]) == ("received", None, "")
    assert _json(api("get", f"/payments/{created['id']}"), 200) == created
    assert _json(api("get", "/payments"), 200)["items"] == [created]
    assert _event_types() == ["payment.received"]


@pytest.mark.parametrize("amount", [12, 12.5, "12", "12.5", "12.50", "999999999999.99", 0.01])
def test_an_amount_is_a_string_or_a_number(api: ApiClient, amount: object) -> None:
    created = _json(api("post", "/payments", {**PAYMENT, "amount": amount}), 201)
    assert created["amount"] == f"{float(str(amount)):.2f}"


@pytest.mark.parametrize("amount", [0, -1, "0.00", "-1", 1.001, "1.001", 1e12, "1e3", "", "a lot", None, True, [1]])
def test_a_wrong_amount_is_refused(api: ApiClient, amount: object) -> None:
    assert _field_errors(api("post", "/payments", {**PAYMENT, "amount": amount})) == {"amount"}
    assert not Payment.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"currency": "JPY"}, "currency"),
        ({"currency": "eur"}, "currency"),
        ({"method": ""}, "method"),
        ({"reference": "x" * 101}, "reference"),
        ({"invoice_id": "not an id"}, "invoice_id"),
        ({"invoice_id": str(new_id())}, "invoice_id"),
        ({"customer": "x"}, "customer"),
    ],
)
def test_a_wrong_payment_is_refused_by_field(api: ApiClient, changes: dict[str, Any], field: str) -> None:
    assert _field_errors(api("post", "/payments", {**PAYMENT, **changes})) == {field}
    assert _event_types() == []


def test_not_a_number_is_no_amount(api: ApiClient) -> None:
    response = api("post", "/payments", '{"amount": NaN, "currency": "EUR", "method": "card"}')
    assert response.status_code in (400, 422)


@pytest.mark.parametrize(("body", "reason"), [({"reason": "card expired"}, "card expired"), ({}, ""), (None, "")])
def test_a_payment_fails_with_or_without_a_reason(api: ApiClient, body: Any, reason: str) -> None:
    created = _json(api("post", "/payments", PAYMENT), 201)
    failed = _json(api("put", f"/payments/{created['id']}/fail", body), 200)
    assert (failed["status"], failed["failure_reason"]) == ("failed", reason)
    assert _event_types() == ["payment.received", "payment.failed"]


def test_failing_twice_is_a_conflict(api: ApiClient) -> None:
    created = _json(api("post", "/payments", PAYMENT), 201)
    _json(api("put", f"/payments/{created['id']}/fail"), 200)
    assert _json(api("put", f"/payments/{created['id']}/fail"), 409)["detail"] == "the payment has already failed"
    assert _event_types() == ["payment.received", "payment.failed"]


def test_a_wrong_reason_is_refused(api: ApiClient) -> None:
    created = _json(api("post", "/payments", PAYMENT), 201)
    assert _field_errors(api("put", f"/payments/{created['id']}/fail", {"why": "x"})) == {"why"}


def test_lists_come_in_pages_newest_first(api: ApiClient) -> None:
    ids = [_json(api("post", "/payments", PAYMENT), 201)["id"] for _ in range(5)]
    seen, cursor = [], ""
    while cursor is not None:
        answer = _json(api("get", f"/payments?limit=2&cursor={cursor}"), 200)
        seen += [payment["id"] for payment in answer["items"]]
        cursor = answer["next_cursor"]
    assert seen == ids[::-1]


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "cursor=x", "status=open"])
def test_a_wrong_query_is_refused(api: ApiClient, query: str) -> None:
    for kind in ("customers", "payments"):
        assert _field_errors(api("get", f"/{kind}?{query}")) == {query.partition("=")[0]}


def test_customers_are_found_by_email_and_tax_number(api: ApiClient) -> None:
    ana = _json(api("post", "/customers", CUSTOMER), 201)
    bo = _json(api("post", "/customers", {"name": "Bo", "email": "bo@x.example", "tax_id": "B9"}), 201)
    assert _ids(api, f"/customers?email={ana['email']}") == [ana["id"]]
    assert _ids(api, "/customers?tax_id=B9") == [bo["id"]]
    assert _ids(api, f"/customers?tax_id=B9&email={ana['email']}") == []


def test_payments_are_filtered_by_status(api: ApiClient) -> None:
    kept, failed = (_json(api("post", "/payments", PAYMENT), 201)["id"] for _ in range(2))
    _json(api("put", f"/payments/{failed}/fail"), 200)
    assert _ids(api, "/payments?status=received") == [kept]
    assert _ids(api, "/payments?status=received,failed") == [failed, kept]


def test_an_id_may_be_written_in_capitals(api: ApiClient) -> None:
    payment = _json(api("post", "/payments", PAYMENT), 201)
    assert _json(api("get", f"/payments/{payment['id'].upper()}"), 200) == payment


def _ids(api: ApiClient, path: str) -> list[str]:
    return [item["id"] for item in _json(api("get", path), 200)["items"]]


def test_another_tenant_sees_and_changes_nothing(api: ApiClient, stranger: ApiClient) -> None:
    customer = _json(api("post", "/customers", CUSTOMER), 201)["id"]
    payment = _json(api("post", "/payments", PAYMENT), 201)["id"]
    assert _json(stranger("get", "/customers"), 200)["items"] == []
    assert _json(stranger("get", "/payments"), 200)["items"] == []
    for response in (
        stranger("get", f"/customers/{customer}"),
        stranger("get", f"/payments/{payment}"),
        stranger("patch", f"/customers/{customer}", {"name": "Stolen"}),
        stranger("put", f"/payments/{payment}/fail"),
    ):
        assert response.status_code == 404
    assert _event_types() == ["customer.created", "payment.received"]


@pytest.mark.parametrize("unknown", ["00000000-0000-7000-8000-000000000000", "1", "x"])
def test_an_unknown_or_malformed_id_is_not_found(api: ApiClient, unknown: str) -> None:
    for method, path in (
        ("get", f"/customers/{unknown}"),
        ("patch", f"/customers/{unknown}"),
        ("get", f"/payments/{unknown}"),
        ("put", f"/payments/{unknown}/fail"),
    ):
        response = api(method, path, {})
        assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")
