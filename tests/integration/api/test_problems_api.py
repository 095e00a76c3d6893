"""REST: every error under /api/ is a problem document, whatever is sent."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.db import OperationalError
from django.test import Client, RequestFactory

from project.api import api
from tests.factories import make_subscription
from tests.integration.api.answers import json_of, problem_of, wrong_fields
from webhooks.models import Subscription

SUBSCRIPTIONS = "/api/v1/tenant/webhooks/subscriptions"
DEEP = 100_000


def send(api, body, method="POST", path=SUBSCRIPTIONS, content_type="application/json"):
    return api.client.generic(method, path, body, content_type)


@pytest.mark.parametrize(
    "body",
    [
        b" ", b"{", b"{}}", b'{"url":}', b"'x'", b"undefined", b"\xff\xfe{", b'{"url":"\xe9"}', b"\0",
        b"[" * DEEP, b'{"a":' * DEEP, b'{"timeout":' + b"9" * 5000 + b"}", b'{"timeout":NaN}', b"-Infinity",
    ],
)  # fmt: skip
def test_malformed_json_is_400(api_client, body):
    assert "JSON" in problem_of(send(api_client, body), 400)["detail"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"{" + b",".join(b'"k%d":1' % n for n in range(101)) + b"}", "more than 100 keys"),
        (b'{"url":[' + b",".join([b"1"] * 10_001) + b"]}", "more than 10000 values"),
        (b'{"url":"https://x.example","url":"https://y.example","event":"*"}', "'url' comes twice"),
        (b'{"timeout":1.0000000000000000001}', "more digits"),
        (b'{"timeout":1e400}', "more digits"),
        (b'{"timeout":0.' + b"1" * 500 + b"}", "more digits"),
    ],
)
def test_json_that_is_not_read_is_400_and_says_why(api_client, body, words):
    assert words in problem_of(send(api_client, body), 400)["detail"]


def test_json_is_utf_8(api_client):
    problem_of(send(api_client, '{"url":"https://x.example","event":"*"}'.encode("utf-16")), 400)


@pytest.mark.parametrize(
    "body",
    [
        {"url": "https://x.example", "event": "x" * 900_000},
        {"url": "https://x.example", "event": "*", "retry_schedule": "x" * 900_000},
        {"url": "https://x.example", "events": ["x" * 1000] * 800},
        {"url": "https://x.example", "event": "*", **{f"{'k' * 5000}{n}": 1 for n in range(90)}},
    ],
)
def test_an_answer_is_small_however_much_is_wrong(api_client, body):
    response = api_client("post", "/webhooks/subscriptions", body)
    assert problem_of(response, 422)["errors"]
    assert len(response.content) < 40_000


@pytest.mark.parametrize("body", [b"{bad", b"\xff", b"{}{}"])
def test_malformed_json_is_400_where_no_body_is_wanted(api_client, body):
    subscription = make_subscription(api_client.tenant)
    assert "JSON" in problem_of(send(api_client, body, path=f"{SUBSCRIPTIONS}/{subscription.id}/enable"), 400)["detail"]


@pytest.mark.parametrize(
    ("path", "body", "detail"),
    [
        ("customers", {"name": "", "email": "a@b.example"}, "name: must not be empty"),
        ("customers", {"name": "x" * 201, "email": "a@b.example"}, "name: at most 200 characters"),
        ("customers", {"email": "a@b.example"}, "name: required"),
        ("customers", [], "body: send a JSON object"),
        ("customers", None, "body: send a JSON object as the body"),
        ("invoices", {"sales_order_id": None}, "sales_order_id: not an id"),
        ("invoices", {"sales_order_id": "x"}, "sales_order_id: not an id"),
        ("sales_orders", {"customer_id": str(UUID(int=1)), "currency": "EUR", "lines": []}, "lines: must not be empty"),
        ("webhooks/subscriptions", {"url": "https://x.example", "events": ["*"] * 51}, "events: at most 50 items"),
    ],
)
def test_an_error_says_what_to_do(api_client, path, body, detail):
    assert problem_of(api_client("post", f"/{path}", body), 422)["detail"] == detail


@pytest.mark.parametrize(
    ("since", "words"),
    [("2026-01-01", "offset"), ("2026-01-01T00:00:00+02:00", "%2B"), ("2026-13-01T00:00:00Z", "3339")],
)
def test_an_error_of_a_time_says_how_to_write_it(api_client, since, words):
    assert words in problem_of(api_client("get", f"/webhooks/deliveries?since={since}"), 422)["detail"]


@pytest.mark.parametrize("depth", [21, 500, 900, 1100, DEEP])
@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"event":', b"}")])
def test_json_that_is_nested_too_deep_is_400(api_client, depth, opening, closing):
    assert "deeper than 20" in problem_of(send(api_client, opening * depth + b"1" + closing * depth), 400)["detail"]


def test_json_of_twenty_levels_is_read(api_client):
    assert wrong_fields(send(api_client, b'{"x":' * 20 + b"1" + b"}" * 20)) >= {"x"}


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"1", b'"x"', b"true", b"[[{}]]", b'{"\\ud800":1}'])
def test_json_that_is_no_object_is_422(api_client, body):
    assert wrong_fields(send(api_client, body)) == {"body"}


def test_every_wrong_field_is_named_with_its_path(api_client):
    body = {"url": 5, "events": ["*", "x"], "timeout": "soon", "nope": 1}
    problem = problem_of(api_client("post", "/webhooks/subscriptions", body), 422)
    assert set(problem["errors"]) == {"url", "events.1", "timeout", "nope"}
    assert all(messages and all(messages) for messages in problem["errors"].values())
    assert problem["detail"].partition(":")[0] in problem["errors"]


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/x-www-form-urlencoded", "application/json;x"])
def test_the_body_is_json_whatever_its_type_says(api_client, content_type):
    json_of(send(api_client, b'{"url":"https://x.example","event":"*"}', content_type=content_type), 201)


@pytest.mark.parametrize(
    "path",
    [
        "/api", "/api/", "/api/v1", "/api/v1/", "/api/v2/tenant", "/api/v1/tenant", "/api/v1/tenant/nothing",
        SUBSCRIPTIONS + "/", "/api/v1/docs/", "/api/v1/openapi.json/", "/api/v1/%00", "/api/v1/%ff", "/api/%0a",
        "/api/v1/" + "x" * 50_000, "/api/v1/tenant/webhooks/event_types", "/api/v1/tenant/sales-orders",
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_unknown_path_is_404(api_client, path, method):
    problem_of(send(api_client, b"", method, path), 404)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE", "FOO"])
def test_an_unknown_method_is_405_and_says_which_there_are(api_client, method):
    response = send(api_client, b"", method)
    assert (response.status_code, response["Content-Type"]) == (405, "application/problem+json")
    assert set(response["Allow"].split(", ")) == {"GET", "POST"}


def test_405_is_a_problem_of_one_resource_too(api_client):
    subscription = make_subscription(api_client.tenant)
    problem_of(send(api_client, b"", "POST", f"{SUBSCRIPTIONS}/{subscription.id}"), 405)
    problem_of(send(api_client, b"", "GET", f"{SUBSCRIPTIONS}/{subscription.id}/test"), 405)


@pytest.mark.parametrize("path", ["/api/v1/docs", "/api/v1/openapi.json"])
def test_documents_are_only_read(path):
    client = Client(enforce_csrf_checks=True)
    for method in ("post", "put", "patch", "delete"):
        response = getattr(client, method)(path)
        problem_of(response, 405)
        assert set(response["Allow"].split(", ")) == {"GET", "HEAD"}


def test_a_body_over_the_limit_is_413(api_client, settings):
    problem_of(send(api_client, b" " * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)), 413)


@pytest.mark.parametrize("path", ["/webhooks/subscriptions", "/webhooks/deliveries", "/webhooks/events", "/payments"])
def test_a_thousand_parameters_are_refused(api_client, path):
    query = "&".join(f"parameter{number}=1" for number in range(1500))
    problem_of(api_client("get", f"{path}?{query}"), 400)


@pytest.mark.parametrize("host", ["evil.example", "a b", ""])
def test_a_foreign_host_is_400(api_client, host):
    problem_of(api_client.client.get(SUBSCRIPTIONS, headers={"Host": host}), 400)


def test_what_another_request_deleted_meanwhile_is_404():
    problem_of(api.on_exception(RequestFactory().get(SUBSCRIPTIONS), Subscription.DoesNotExist()), 404)


def test_an_error_of_our_own_is_a_problem_without_its_reason(api_client, settings):
    settings.ENCRYPTION_KEYS = ["not a key"]
    problem = problem_of(api_client("post", "/webhooks/subscriptions", {"url": "https://x.example", "event": "*"}), 500)
    assert "key" not in problem["detail"]


def test_a_database_that_is_away_is_503_and_says_when_to_come_back(api_client, monkeypatch):
    def away(*_args, **_options):
        raise OperationalError("the connection is lost")

    monkeypatch.setattr("webhooks.api.subscriptions.page", away)
    response = api_client("get", "/webhooks/subscriptions")
    assert "database" in problem_of(response, 503)["detail"]
    assert response["Retry-After"] == "5"
