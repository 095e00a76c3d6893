"""REST: the event types that can be subscribed to."""

from __future__ import annotations

from jsonschema import Draft202012Validator

from tests.integration.api.answers import json_of, problem_of, wrong_fields
from webhooks import event_types

PATH = "/webhooks/event-types"


def test_each_has_name_description_schema_and_an_example_that_follows_it(api_client):
    answer = json_of(api_client("get", PATH))
    assert list(answer) == ["items"]
    assert len(answer["items"]) == 12
    for item in answer["items"]:
        assert list(item) == ["name", "description", "schema", "example"]
        Draft202012Validator(item["schema"]).validate(item["example"])


def test_what_is_listed_can_be_subscribed_to(api_client):
    names = [item["name"] for item in json_of(api_client("get", PATH))["items"]]
    assert names == list(event_types.names())
    assert event_types.TEST.name not in names
    body = {"url": "https://hooks.example.com/erp", "events": names}
    assert json_of(api_client("post", "/webhooks/subscriptions", body), 201)["events"] == names


def test_it_takes_no_parameters_and_needs_a_token(api_client, client):
    assert wrong_fields(api_client("get", f"{PATH}?limit=5")) == {"limit"}
    problem_of(client.get(f"/api/v1/tenant{PATH}"), 401)
