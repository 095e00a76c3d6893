"""The OpenAPI document and its page, open to everyone."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import jsonschema_rs
import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from tests.integration.api.answers import json_of


@pytest.fixture
def document():
    return json_of(Client().get("/api/v1/openapi.json"))


def operations(document):
    return [(path, method, each) for path, item in document["paths"].items() for method, each in item.items()]


def test_every_call_of_the_contract_is_described(document):
    described = {(method.upper(), path.removeprefix("/api/v1/tenant")) for path, method, _ in operations(document)}
    assert described == {
        ("POST", "/webhooks/subscriptions"),
        ("GET", "/webhooks/subscriptions"),
        ("GET", "/webhooks/subscriptions/{subscription_id}"),
        ("PATCH", "/webhooks/subscriptions/{subscription_id}"),
        ("DELETE", "/webhooks/subscriptions/{subscription_id}"),
        ("POST", "/webhooks/subscriptions/{subscription_id}/rotate-secret"),
        ("POST", "/webhooks/subscriptions/{subscription_id}/test"),
        ("POST", "/webhooks/subscriptions/{subscription_id}/enable"),
        ("POST", "/webhooks/subscriptions/{subscription_id}/disable"),
        ("GET", "/webhooks/deliveries"),
        ("GET", "/webhooks/deliveries/{delivery_id}"),
        ("POST", "/webhooks/deliveries/{delivery_id}/retry"),
        ("POST", "/webhooks/deliveries/{delivery_id}/cancel"),
        ("GET", "/webhooks/events"),
        ("GET", "/webhooks/events/{event_id}"),
        ("GET", "/webhooks/event-types"),
        ("POST", "/customers"),
        ("GET", "/customers"),
        ("GET", "/customers/{customer_id}"),
        ("PATCH", "/customers/{customer_id}"),
        ("POST", "/sales_orders"),
        ("GET", "/sales_orders"),
        ("GET", "/sales_orders/{order_id}"),
        ("PUT", "/sales_orders/{order_id}/confirm"),
        ("PUT", "/sales_orders/{order_id}/cancel"),
        ("POST", "/invoices"),
        ("GET", "/invoices"),
        ("GET", "/invoices/{invoice_id}"),
        ("PUT", "/invoices/{invoice_id}/send"),
        ("PUT", "/invoices/{invoice_id}/authorize"),
        ("PUT", "/invoices/{invoice_id}/reject"),
        ("PUT", "/invoices/{invoice_id}/cancel"),
        ("POST", "/payments"),
        ("GET", "/payments"),
        ("GET", "/payments/{payment_id}"),
        ("PUT", "/payments/{payment_id}/fail"),
    }


def test_every_operation_has_summary_tag_and_responses(document):
    for path, method, operation in operations(document):
        assert operation["summary"], (method, path)
        assert operation["tags"], (method, path)
        assert {"401", "403", "422"} < set(operation["responses"]), (method, path)
        assert any(status.startswith("2") for status in operation["responses"]), (method, path)
        assert ("404" in operation["responses"]) == ("{" in path), (method, path)


def test_every_operation_needs_a_token_or_a_session(document):
    schemes = set(document["components"]["securitySchemes"])
    for path, method, operation in operations(document):
        assert {name for each in operation["security"] for name in each} == schemes, (method, path)


def test_errors_are_described_as_problems(document):
    for path, method, operation in operations(document):
        for status, response in operation["responses"].items():
            if int(status) >= 400:
                assert list(response["content"]) == ["application/problem+json"], (method, path, status)


def test_every_post_takes_an_idempotency_key_and_may_conflict(document):
    assert document["components"]["parameters"]["IdempotencyKey"]["name"] == "Idempotency-Key"
    for path, method, operation in operations(document):
        has_key = {"$ref": "#/components/parameters/IdempotencyKey"} in operation["parameters"]
        assert has_key == (method == "post"), (method, path)
        assert not has_key or "409" in operation["responses"], path


def test_every_reference_leads_somewhere(document):
    names = set(re.findall(r'"#/components/(\w+)/(\w+)"', json.dumps(document)))
    assert all(name in document["components"][kind] for kind, name in names)


class _Addresses(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        self.found += [value for name, value in attributes if name in ("src", "href", "action", "style")]


def test_the_page_loads_nothing_from_elsewhere(settings):
    response = Client().get("/api/v1/docs")
    assert (response.status_code, response["Content-Type"]) == (200, "text/html; charset=utf-8")
    addresses = _Addresses()
    addresses.feed(response.content.decode())
    assert len(addresses.found) >= 3
    assert all(re.match(r"/?static/ninja/[\w.-]+$", address) for address in addresses.found), addresses.found
    page_settings = re.search(rb'id="swagger-settings">(.*?)</script>', response.content, re.DOTALL)
    shown = json.loads(page_settings[1])
    assert (shown["url"], shown["validatorUrl"]) == ("/api/v1/openapi.json", None)


def test_what_the_page_loads_is_there():
    for name in ("swagger-ui.css", "swagger-ui-bundle.js", "swagger-ui-init.js"):
        assert finders.find(f"ninja/{name}"), name


def contents(document):
    """Every request and answer: where it is, and its content."""
    for path, method, operation in operations(document):
        for body in filter(None, [operation.get("requestBody"), *operation["responses"].values()]):
            assert body["description"], (method, path)
            for content in body.get("content", {}).values():
                yield f"{method} {path}", content


def test_every_operation_is_described(document):
    for path, method, operation in operations(document):
        assert len(operation["description"]) > 10, (method, path)
        assert re.fullmatch("[a-z_]+", operation["operationId"]), operation["operationId"]


def test_every_request_and_answer_has_an_example_that_fits_its_schema(document):
    found = list(contents(document))
    assert len(found) > 100
    for where, content in found:
        schema = {**content["schema"], "components": document["components"]}
        errors = [error.message for error in jsonschema_rs.validator_for(schema).iter_errors(content["example"])]
        assert errors == [], (where, content["example"])


def test_no_example_is_a_placeholder(document):
    for where, content in contents(document):
        assert '"text"' not in json.dumps(content["example"]), where


def test_every_property_says_what_it_is(document):
    for name, schema in document["components"]["schemas"].items():
        for field, described in schema.get("properties", {}).items():
            assert "description" in described or "$ref" in described, (name, field)


def test_times_and_amounts_have_their_format(document):
    payment = document["components"]["schemas"]["PaymentOut"]["properties"]
    assert payment["created_at"]["format"] == "date-time"
    assert re.fullmatch(payment["amount"]["pattern"], "1250.50")


def test_no_parameter_has_an_example_that_the_page_would_send(document):
    parameters = [*document["components"]["parameters"].values()]
    parameters += [each for _, _, operation in operations(document) for each in operation["parameters"]]
    assert [each for each in parameters if "example" in each and each["in"] != "path"] == []


def test_the_answer_of_an_action_shows_what_it_did(document):
    for action, status in (("cancel", "cancelled"), ("send", "sent"), ("reject", "rejected")):
        answer = document["paths"][f"/api/v1/tenant/invoices/{{invoice_id}}/{action}"]["put"]["responses"]["200"]
        assert answer["content"]["application/json"]["example"]["status"] == status


def test_entity_tags_are_described_where_they_are_sent(document):
    subscription = document["paths"]["/api/v1/tenant/webhooks/subscriptions/{subscription_id}"]
    assert all("ETag" in subscription[method]["responses"]["200"]["headers"] for method in ("get", "patch"))
    assert "ETag" in subscription["patch"]["responses"]["412"]["headers"]


def test_every_answer_names_its_request(document):
    for path, method, operation in operations(document):
        for status, response in operation["responses"].items():
            assert "X-Request-ID" in response["headers"], (method, path, status)


def test_every_tag_is_described(document):
    described = {tag["name"]: tag["description"] for tag in document["tags"]}
    assert all(described.values())
    assert {tag for _, _, operation in operations(document) for tag in operation["tags"]} <= set(described)


def test_the_security_schemes_say_how_to_use_them_and_operations_name_their_scope(document):
    schemes = document["components"]["securitySchemes"]
    assert "Bearer" in schemes["TokenAuth"]["description"]
    assert "X-CSRFToken" in schemes["SessionAuth"]["description"]
    for _, method, operation in operations(document):
        scope = "read" if method == "get" else "write"
        assert operation["security"] == [{"TokenAuth": [scope]}, {"SessionAuth": []}]


def test_every_parameter_is_described(document):
    for path, method, operation in operations(document):
        for parameter in operation["parameters"]:
            assert "$ref" in parameter or parameter["description"], (method, path, parameter)


def test_the_example_of_a_request_is_accepted(api_client, document):
    body = document["paths"]["/api/v1/tenant/webhooks/subscriptions"]["post"]["requestBody"]
    json_of(api_client("post", "/webhooks/subscriptions", body["content"]["application/json"]["example"]), 201)
