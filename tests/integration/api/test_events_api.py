"""REST: events, what was published."""

from __future__ import annotations

import pytest

from tests.factories import make_event
from tests.integration.api.answers import json_of, problem_of, wrong_fields

BASE = "/webhooks/events"
CUSTOMER = {"name": "Bodegas Ribera", "email": "ana@ribera.example"}


def listed(api, query=""):
    return [item["id"] for item in json_of(api("get", f"{BASE}?{query}"))["items"]]


def test_what_the_erp_published_is_listed_and_shown_with_its_body(api_client):
    customer = json_of(api_client("post", "/customers", CUSTOMER), 201)
    (item,) = json_of(api_client("get", BASE))["items"]
    assert list(item) == ["id", "type", "entity_id", "occurred_at", "created_at", "request_id"]
    assert (item["type"], item["entity_id"]) == ("customer.created", customer["id"])
    event = json_of(api_client("get", f"{BASE}/{item['id']}"))
    assert {name: event[name] for name in item} == item
    assert list(event["body"]) == ["id", "type", "timestamp", "tenant_id", "data"]
    assert (event["body"]["id"], event["body"]["data"]["id"]) == (item["id"], customer["id"])
    assert event["body"]["tenant_id"] == str(api_client.tenant.id)


def test_events_are_filtered_by_type_and_entity(api_client):
    first = make_event(api_client.tenant, type="payment.received", entity_id="p-1")
    second = make_event(api_client.tenant, type="payment.failed", entity_id="p-1")
    make_event(api_client.tenant, type="payment.failed", entity_id="p-2")
    assert listed(api_client, "entity=p-1") == [str(second.id), str(first.id)]
    assert listed(api_client, "entity=p-1&type=payment.failed") == [str(second.id)]
    assert listed(api_client, "type=invoice.sent") == []
    assert (
        len(listed(api_client, "type=payment.*"))
        == len(listed(api_client, "type=payment.failed,payment.received"))
        == 3
    )


def test_events_are_filtered_by_time(api_client):
    created = make_event(api_client.tenant).created_at
    moment = created.isoformat().replace("+00:00", "Z")
    assert len(listed(api_client, f"since={moment}")) == 1
    assert listed(api_client, f"until={moment}") == []


def test_events_come_in_pages_newest_first(api_client):
    ids = [str(make_event(api_client.tenant).id) for _ in range(3)]
    first = json_of(api_client("get", f"{BASE}?limit=2"))
    assert [item["id"] for item in first["items"]] == ids[:0:-1]
    assert listed(api_client, f"limit=2&cursor={first['next_cursor']}") == ids[:1]


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "cursor=x",
        "type=%00",
        "type=nonsense",
        "type=,",
        "entity=%00",
        "since=today",
        "event=payment.failed",
    ],
)
def test_a_wrong_query_is_refused_by_parameter(api_client, query):
    assert wrong_fields(api_client("get", f"{BASE}?{query}")) == {query.partition("=")[0]}


@pytest.mark.parametrize("unknown", ["00000000-0000-7000-8000-000000000000", "1", "x" * 5000, "%00", "%ff"])
def test_an_unknown_or_malformed_id_is_not_found(api_client, unknown):
    problem_of(api_client("get", f"{BASE}/{unknown}"), 404)
