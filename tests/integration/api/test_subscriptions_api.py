"""REST: creating, reading and changing subscriptions."""

from __future__ import annotations

import pytest

from tests.integration.api.answers import json_of, problem_of, wrong_fields
from webhooks import event_types
from webhooks.engine.signature import check_secret
from webhooks.models import Subscription

BASE = "/webhooks/subscriptions"
BODY = {"url": "https://hooks.example.com/erp", "event": "payment.received"}


def create(api, status=201, **fields):
    return json_of(api("post", BASE, {**BODY, **fields}), status)


def test_a_subscription_is_created_with_defaults(api_client):
    created = create(api_client)
    assert (created["url"], created["events"]) == (BODY["url"], ["payment.received"])
    assert (created["description"], created["active"], created["disabled_reason"]) == ("", True, None)
    assert (created["retry_schedule"], created["timeout"]) == ("fast", 10.0)
    assert created["previous_valid_until"] is None
    assert created["created_at"].endswith("Z")
    assert Subscription.objects.get().tenant_id == api_client.tenant.id


def test_every_event_type_and_pattern_can_be_subscribed_to(api_client):
    wanted = [*event_types.names(), *event_types.patterns()]
    assert {"*", "customer.*"} <= set(wanted)
    created = json_of(api_client("post", BASE, {"url": BODY["url"], "events": wanted}), 201)
    assert created["events"] == wanted


def test_repeated_events_are_kept_once(api_client):
    created = json_of(api_client("post", BASE, {"url": BODY["url"], "events": ["*", "payment.*", "*"]}), 201)
    assert created["events"] == ["*", "payment.*"]


def test_a_generated_secret_is_shown_once_and_masked_after(api_client):
    created = create(api_client)
    check_secret(created["secret"])
    assert created["secret"].startswith("whsec_")
    masked = "…" + created["secret"][-4:]
    assert json_of(api_client("get", f"{BASE}/{created['id']}")) == {**created, "secret": masked}
    assert [item["secret"] for item in json_of(api_client("get", BASE))["items"]] == [masked]


@pytest.mark.parametrize("secret", ["12345678", "x" * 128, " with spaces ", "schlüssel-ünïcode", "whsec_" + "QUJD" * 8])
def test_a_given_secret_is_used_as_it_is(api_client, secret):
    created = create(api_client, secret=secret)
    assert created["secret"] == secret
    assert Subscription.objects.get().secret == secret
    assert json_of(api_client("get", f"{BASE}/{created['id']}"))["secret"] == "…" + secret[-4:]


@pytest.mark.parametrize(
    "secret",
    [
        "", "1234567", "x" * 129, "line\nbreak", "nul\0nul\0nul", "\ud800-surrogate", 12345678,
        "whsec_", "whsec_not base64 at all!", "whsec_QUJD", "whsec_" + "QUJD" * 22,
    ],
)  # fmt: skip
def test_a_wrong_secret_is_refused(api_client, secret):
    assert wrong_fields(api_client("post", BASE, {**BODY, "secret": secret})) == {"secret"}


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"event": "payment.imagined"}, "event"),
        ({"event": "pay*"}, "event"),
        ({"event": "webhook.test"}, "event"),
        ({"event": ""}, "event"),
        ({"event": "a\0"}, "event"),
        ({"event": None}, "body"),
        ({"events": ["*"]}, "body"),
        ({"event": None, "events": []}, "events"),
        ({"event": None, "events": ["*", "x"]}, "events.1"),
        ({"event": None, "events": "*"}, "events"),
        ({"event": None, "events": ["*"] * 51}, "events"),
        ({"description": "x" * 201}, "description"),
        ({"description": "a\0b"}, "description"),
        ({"retry_schedule": "often"}, "retry_schedule"),
        ({"retry_schedule": [0]}, "retry_schedule"),
        ({"retry_schedule": [86_401]}, "retry_schedule"),
        ({"retry_schedule": [1] * 11}, "retry_schedule"),
        ({"retry_schedule": [True]}, "retry_schedule"),
        ({"retry_schedule": [10**400]}, "retry_schedule"),
        ({"timeout": 0}, "timeout"),
        ({"ordering": "everything"}, "ordering"),
        ({"rate_limit": 0}, "rate_limit"),
        ({"rate_limit": 1001}, "rate_limit"),
        ({"rate_limit": 1.5}, "rate_limit"),
        ({"rate_limit": "5"}, "rate_limit"),
        ({"rate_limit": True}, "rate_limit"),
        ({"timeout": 0.09}, "timeout"),
        ({"timeout": 10.1}, "timeout"),
        ({"timeout": 10**400}, "timeout"),
        ({"timeout": True}, "timeout"),
        ({"active": None}, "active"),
        ({"active": "no"}, "active"),
        ({"id": "mine"}, "id"),
        ({"headers": {"X-Mine": "1"}}, "headers"),
        ({"filter": {}}, "filter"),
    ],
)
def test_a_wrong_subscription_is_refused_by_field(api_client, fields, wrong):
    assert wrong_fields(api_client("post", BASE, {**BODY, **fields})) == {wrong}
    assert not Subscription.objects.exists()


def test_a_subscription_needs_url_and_events(api_client):
    assert wrong_fields(api_client("post", BASE, {"event": "*"})) == {"url"}
    assert wrong_fields(api_client("post", BASE, {"url": BODY["url"]})) == {"body"}


@pytest.mark.parametrize("schedule", ["fast", "durable", [], [0.5, 60, 86400]])
def test_a_retry_schedule_is_a_name_or_waits(api_client, schedule):
    assert create(api_client, retry_schedule=schedule)["retry_schedule"] == schedule


def test_a_subscription_may_begin_inactive(api_client):
    assert create(api_client, active=False)["active"] is False


def test_lists_come_in_pages_newest_first(api_client):
    ids = [create(api_client)["id"] for _ in range(5)]
    first = json_of(api_client("get", f"{BASE}?limit=3"))
    second = json_of(api_client("get", f"{BASE}?limit=3&cursor={first['next_cursor']}"))
    assert [item["id"] for item in first["items"] + second["items"]] == ids[::-1]
    assert second["next_cursor"] is None


def test_a_patch_changes_only_what_it_names(api_client):
    created = create(api_client, description="ERP", retry_schedule="durable", timeout=5, secret="a-given-secret")
    changed = json_of(api_client("patch", f"{BASE}/{created['id']}", {"url": "https://hooks.example.com/new"}))
    assert changed["updated_at"] > created["updated_at"]
    same = {"url": "https://hooks.example.com/new", "secret": "…cret", "updated_at": changed["updated_at"]}
    assert changed == {**created, **same}


def test_null_in_a_patch_means_the_default(api_client):
    created = create(
        api_client, description="ERP", retry_schedule="durable", timeout=5, rate_limit=50, ordering="entity"
    )
    assert (created["rate_limit"], created["ordering"]) == (50, "entity")
    null = dict.fromkeys(["description", "retry_schedule", "timeout", "rate_limit", "ordering"])
    changed = json_of(api_client("patch", f"{BASE}/{created['id']}", null))
    assert (changed["description"], changed["retry_schedule"], changed["timeout"]) == ("", "fast", 10.0)
    assert (changed["rate_limit"], changed["ordering"]) == (None, None)


@pytest.mark.parametrize("name", ["url", "event", "events", "active"])
def test_null_is_refused_where_there_is_no_default(api_client, name):
    created = create(api_client)
    assert wrong_fields(api_client("patch", f"{BASE}/{created['id']}", {name: None})) == {name}


@pytest.mark.parametrize("body", [{"event": "invoice.*"}, {"events": ["invoice.*"]}])
def test_a_patch_replaces_the_events(api_client, body):
    created = create(api_client)
    assert json_of(api_client("patch", f"{BASE}/{created['id']}", body))["events"] == ["invoice.*"]


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"event": "*", "events": ["*"]}, "body"),
        ({"events": []}, "events"),
        ({"url": "ftp://hooks.example.com"}, "url"),
        ({"secret": "another-secret"}, "secret"),
        ({"timeout": 11}, "timeout"),
        ({"headers": {}}, "headers"),
    ],
)
def test_a_wrong_patch_is_refused_by_field(api_client, body, wrong):
    created = create(api_client)
    assert wrong_fields(api_client("patch", f"{BASE}/{created['id']}", body)) == {wrong}


@pytest.mark.parametrize("verb", ["", "/rotate-secret", "/test", "/enable", "/disable"])
@pytest.mark.parametrize("unknown", ["00000000-0000-7000-8000-000000000000", "1", "x" * 5000, "%00", "%ff"])
def test_an_unknown_or_malformed_id_is_not_found(api_client, verb, unknown):
    problem_of(api_client("post" if verb else "get", f"{BASE}/{unknown}{verb}"), 404)
