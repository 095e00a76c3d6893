"""REST: deliveries, their attempts, retrying and cancelling."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import make_attempt, make_delivery, make_event, make_subscription
from tests.integration.api.answers import json_of, problem_of, wrong_fields
from webhooks.models import Delivery, DeliveryStatus

BASE = "/webhooks/deliveries"
FIELDS = [
    "id", "event", "event_id", "subscription_id", "status", "attempt_count", "max_attempts", "next_attempt_at", "held",
    "last_error", "http_status", "replay_of", "created_at", "updated_at", "delivered_at",
]  # fmt: skip
ATTEMPT_FIELDS = [
    "number", "started_at", "duration_ms", "http_status", "outcome", "error", "request_headers", "response_headers",
    "response_body", "response_truncated", "request_bytes", "response_bytes", "timings",
]  # fmt: skip
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.fixture
def subscription(api_client):
    return make_subscription(api_client.tenant)


def listed(api, query=""):
    return [item["id"] for item in json_of(api("get", f"{BASE}?{query}"))["items"]]


def of_type(subscription, event_type):
    return make_delivery(subscription, source=make_event(tenant_id=subscription.tenant_id, type=event_type))


def test_a_delivery_is_listed_with_all_its_fields(api_client, subscription):
    delivery = make_delivery(subscription, status="FAILED", last_error="http_5xx: 503 …", http_status=503)
    (item,) = json_of(api_client("get", BASE))["items"]
    assert list(item) == FIELDS
    assert (item["id"], item["event_id"]) == (str(delivery.id), str(delivery.source_id))
    assert (item["subscription_id"], item["status"]) == (str(subscription.id), "FAILED")
    assert (item["last_error"], item["http_status"], item["replay_of"]) == ("http_5xx: 503 …", 503, None)
    assert (item["next_attempt_at"], item["delivered_at"]) == (None, None)
    assert item["created_at"].endswith("Z")


def test_one_delivery_has_its_attempts_by_number(api_client, subscription):
    delivery = make_delivery(subscription, status="DELIVERED", attempt_count=2)
    make_attempt(delivery, number=2, response_body="ok", response_headers={"server": "nginx"})
    make_attempt(delivery, number=1, outcome="timeout", error="timeout: …", http_status=None, duration_ms=None)
    answer = json_of(api_client("get", f"{BASE}/{delivery.id}"))
    assert list(answer) == [*FIELDS, "attempts", "circuit_openings", "replays", "next_probe_at"]
    assert [list(attempt) for attempt in answer["attempts"]] == [ATTEMPT_FIELDS, ATTEMPT_FIELDS]
    first, second = answer["attempts"]
    assert (first["number"], first["outcome"], first["http_status"]) == (1, "timeout", None)
    assert (first["error"], first["duration_ms"]) == ("timeout: …", None)
    assert (second["number"], second["error"], second["response_body"]) == (2, None, "ok")
    assert second["response_headers"] == {"server": "nginx"}


def test_a_fresh_delivery_has_no_attempts(api_client, subscription):
    assert json_of(api_client("get", f"{BASE}/{make_delivery(subscription).id}"))["attempts"] == []


@pytest.mark.parametrize("query", ["status=failed", "status=FAILED", "status=FAILED,", "status=%20FAILED%20"])
def test_deliveries_are_filtered_by_status(api_client, subscription, query):
    made = {status: make_delivery(subscription, status=status) for status in DeliveryStatus.values}
    assert listed(api_client, query) == [str(made["FAILED"].id)]
    assert set(listed(api_client, "status=RETRYING,CANCELLED")) == {
        str(made["RETRYING"].id),
        str(made["CANCELLED"].id),
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("payment.received", ["payment.received"]),
        ("payment.*", ["payment.failed", "payment.received"]),
        ("payment.failed,customer.*", ["customer.created", "payment.failed"]),
        ("webhook.test", ["webhook.test"]),
        ("*", ["webhook.test", "customer.created", "payment.failed", "payment.received"]),
        ("invoice.sent", []),
    ],
)
def test_deliveries_are_filtered_by_event(api_client, subscription, query, found):
    types = ("payment.received", "payment.failed", "customer.created", "webhook.test")
    made = {str(of_type(subscription, each).id): each for each in types}
    assert [made[each] for each in listed(api_client, f"event={query}")] == found


def test_deliveries_are_filtered_by_subscription(api_client, subscription):
    others = [make_subscription(api_client.tenant) for _ in range(2)]
    first, second, _ = (make_delivery(each) for each in (subscription, *others))
    assert listed(api_client, f"subscription={subscription.id}") == [str(first.id)]
    both = f"subscription={subscription.id},{others[0].id}"
    assert listed(api_client, both) == [str(second.id), str(first.id)]


def test_deliveries_are_filtered_by_their_event(api_client, subscription):
    source = make_event(tenant_id=subscription.tenant_id)
    first, second = (make_delivery(subscription, source=source) for _ in range(2))
    make_delivery(subscription)
    assert listed(api_client, f"event_id={source.id}") == [str(second.id), str(first.id)]
    assert listed(api_client, f"event_id={source.id}&status=FAILED") == []
    assert listed(api_client, "event_id=00000000-0000-7000-8000-000000000000") == []


def test_another_tenants_event_has_no_deliveries(api_client):
    foreign = make_delivery(make_subscription())
    assert listed(api_client, f"event_id={foreign.source_id}") == []


def test_since_is_inclusive_and_until_exclusive(api_client, subscription):
    made = [make_delivery(subscription, created_at=NOON + timedelta(seconds=second)) for second in range(3)]
    first, second, third = (str(each.id) for each in made)
    at = "2026-01-31T12:00:01Z"
    assert listed(api_client, f"since={at}") == [third, second]
    assert listed(api_client, f"until={at}") == [first]
    assert listed(api_client, f"since={at}&until=2026-01-31T12:00:02Z") == [second]
    assert listed(api_client, "since=2026-01-31T13:00:01%2B01:00") == [third, second]


def test_all_filters_must_match(api_client, subscription):
    failed = make_delivery(subscription, status="FAILED")
    make_delivery(subscription)
    make_delivery(make_subscription(api_client.tenant), status="FAILED")
    query = f"status=FAILED&event=payment.*&subscription={subscription.id}&since=2026-01-01T00:00:00Z"
    assert listed(api_client, query) == [str(failed.id)]


def test_pages_are_complete_and_newest_first(api_client, subscription):
    ids = [str(make_delivery(subscription).id) for _ in range(7)]
    make_delivery(subscription, status="FAILED")
    seen, cursor = [], ""
    while cursor is not None:
        answer = json_of(api_client("get", f"{BASE}?status=PENDING&limit=3&cursor={cursor}"))
        assert len(answer["items"]) <= 3
        seen, cursor = seen + [item["id"] for item in answer["items"]], answer["next_cursor"]
    assert seen == ids[::-1]


def test_deliveries_made_while_paging_do_not_shift_the_pages(api_client, subscription):
    ids = [str(make_delivery(subscription).id) for _ in range(4)]
    first = json_of(api_client("get", f"{BASE}?limit=2"))
    make_delivery(subscription)
    assert listed(api_client, f"limit=2&cursor={first['next_cursor']}") == ids[1::-1]


def test_a_page_has_fifty_items_unless_it_says_otherwise(api_client, subscription):
    source = make_event(tenant_id=subscription.tenant_id)
    for _ in range(51):
        make_delivery(subscription, source=source)
    assert len(listed(api_client)) == 50
    assert len(listed(api_client, "limit=1")) == 1
    assert len(listed(api_client, "limit=200")) == 51


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=201", "limit=-1", "limit=x", "limit=", "limit=1.5", "limit=" + "9" * 5000, "limit=%00",
        "cursor=x", "cursor=" + "A" * 21, "cursor=" + "A" * 22 + "==", "cursor=AA$" + "A" * 20, "cursor=%00",
        "cursor=%ff", "cursor=" + "A" * 9000, "cursor=é",
        "status=LOST", "status=%00", "status=,", "status=FAILED,LOST",
        "event=payment.imagined", "event=%00", "event=,", "event=pay*", "event=payment.*,x",
        "subscription=x", "subscription=%00", "subscription=,", "subscription=" + "9" * 5000,
        "event_id=x", "event_id=", "event_id=%00", "event_id=" + "9" * 5000, "event_id=x,y",
        "since=yesterday", "since=", "since=2026-01-31", "since=2026-01-31T12:00:00", "since=2026",
        "since=1767225600.5", "since=%2B5", "since=1e9",
        "since=0001-01-01T00:00:00%2B14:00", "since=9999-12-31T23:59:59-14:00", "since=NaN", "since=1e18",
        "until=0001-01-01T00:00:00%2B14:00", "until=9999-12-31T23:59:59-14:00", "until=%00",
        "state=FAILED", "Status=FAILED", "limit[]=1", "%00=1", "%ff=1",
    ],
)  # fmt: skip
def test_a_wrong_query_is_refused_by_parameter(api_client, query):
    wrong = wrong_fields(api_client("get", f"{BASE}?{query}"))
    assert wrong == {query.partition("=")[0].replace("%00", "\0").replace("%ff", "\ufffd")}


@pytest.mark.parametrize("query", ["status=FAILED&status=PENDING", "limit=1&limit=2", "cursor=&cursor="])
def test_a_parameter_given_twice_is_refused(api_client, query):
    assert wrong_fields(api_client("get", f"{BASE}?{query}")) == {query.partition("=")[0]}


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"])
def test_the_first_and_the_last_moment_are_moments(api_client, subscription, moment):
    made = [str(make_delivery(subscription).id)]
    early = moment.startswith("0001")
    assert listed(api_client, f"since={moment}") == (made if early else [])
    assert listed(api_client, f"until={moment}") == ([] if early else made)


@pytest.mark.parametrize("status", ["PENDING", "RETRYING"])
def test_retrying_a_waiting_delivery_makes_it_due_now(
    api_client, subscription, status, django_capture_on_commit_callbacks
):
    later = datetime.now(UTC) + timedelta(hours=1)
    delivery = make_delivery(subscription, status=status, next_attempt_at=later)
    with django_capture_on_commit_callbacks() as wakes:
        answer = json_of(api_client("post", f"{BASE}/{delivery.id}/retry"), 202)
    assert (answer["id"], answer["status"]) == (str(delivery.id), status)
    assert datetime.fromisoformat(answer["next_attempt_at"]) <= datetime.now(UTC)
    assert len(wakes) == 1
    assert Delivery.objects.count() == 1


@pytest.mark.parametrize("status", ["DELIVERED", "FAILED", "CANCELLED"])
def test_retrying_a_finished_delivery_makes_a_new_one(api_client, subscription, status):
    delivery = make_delivery(subscription, status=status, attempt_count=4)
    answer = json_of(api_client("post", f"{BASE}/{delivery.id}/retry"), 202)
    assert answer["id"] != str(delivery.id)
    assert (answer["replay_of"], answer["event_id"]) == (str(delivery.id), str(delivery.source_id))
    assert (answer["status"], answer["attempt_count"], answer["max_attempts"]) == ("PENDING", 0, 4)
    assert json_of(api_client("get", f"{BASE}/{answer['id']}"))["replay_of"] == str(delivery.id)
    assert json_of(api_client("get", f"{BASE}/{delivery.id}"))["status"] == status


def test_a_delivery_under_way_cannot_be_retried(api_client, subscription):
    delivery = make_delivery(subscription, status="DELIVERING")
    assert "under way" in problem_of(api_client("post", f"{BASE}/{delivery.id}/retry"), 409)["detail"]
    assert Delivery.objects.count() == 1


def test_a_delivery_names_what_repeats_it(api_client, subscription):
    origin = make_delivery(subscription, status="FAILED")
    path = f"{BASE}/{origin.id}"
    assert json_of(api_client("get", path))["replays"] == []
    first, second = (json_of(api_client("post", f"{path}/retry"), 202) for _ in range(2))
    make_delivery(subscription, source=origin.source)
    Delivery.objects.filter(id=first["id"]).update(status="DELIVERED")
    replays = json_of(api_client("get", path))["replays"]
    assert [(each["id"], each["status"]) for each in replays] == [(first["id"], "DELIVERED"), (second["id"], "PENDING")]
    assert [each["created_at"] for each in replays] == [first["created_at"], second["created_at"]]
    assert json_of(api_client("get", f"{BASE}/{first['id']}"))["replays"] == []


def test_a_retry_at_an_inactive_subscription_is_held(api_client):
    delivery = make_delivery(make_subscription(api_client.tenant, active=False), status="FAILED")
    assert json_of(api_client("post", f"{BASE}/{delivery.id}/retry"), 202)["held"] == "inactive"


def test_nothing_is_retried_at_a_deleted_subscription(api_client, subscription):
    delivery = make_delivery(subscription, status="FAILED")
    assert api_client("delete", f"/webhooks/subscriptions/{subscription.id}").status_code == 204
    assert "deleted" in problem_of(api_client("post", f"{BASE}/{delivery.id}/retry"), 409)["detail"]


@pytest.mark.parametrize("status", ["PENDING", "RETRYING"])
def test_a_waiting_delivery_is_cancelled(api_client, subscription, status):
    delivery = make_delivery(subscription, status=status, held="inactive")
    answer = json_of(api_client("post", f"{BASE}/{delivery.id}/cancel"), 202)
    assert (answer["id"], answer["status"]) == (str(delivery.id), "CANCELLED")
    assert (answer["next_attempt_at"], answer["held"]) == (None, None)


@pytest.mark.parametrize("status", ["DELIVERING", "DELIVERED", "FAILED", "CANCELLED"])
def test_only_a_waiting_delivery_can_be_cancelled(api_client, subscription, status):
    delivery = make_delivery(subscription, status=status)
    assert status in problem_of(api_client("post", f"{BASE}/{delivery.id}/cancel"), 409)["detail"]
    assert Delivery.objects.get().status == status


@pytest.mark.parametrize("verb", ["", "/retry", "/cancel"])
@pytest.mark.parametrize("unknown", ["00000000-0000-7000-8000-000000000000", "1", "x" * 5000, "%00", "%ff"])
def test_an_unknown_or_malformed_id_is_not_found(api_client, verb, unknown):
    problem_of(api_client("post" if verb else "get", f"{BASE}/{unknown}{verb}"), 404)
