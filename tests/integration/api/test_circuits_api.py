"""REST: what is shown of a circuit, and what asks it for a probe."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import make_delivery, make_subscription
from tests.integration.api.answers import json_of
from webhooks.models import Circuit, CircuitOpening

CLOSED = {"state": "closed", "opened_at": None, "next_probe_at": None}
PROBE_AT = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture
def subscription(api_client):
    return make_subscription(api_client.tenant)


@pytest.fixture
def circuit(subscription):
    """Open for an hour, and for years to come."""
    return Circuit.objects.create(
        subscription_id=subscription.id,
        tenant_id=subscription.tenant_id,
        state="open",
        opened_at=datetime.now(UTC) - timedelta(hours=1),
        failed_at=datetime.now(UTC),
        wait=timedelta(minutes=5),
        probe_at=PROBE_AT,
    )


def shown(api, subscription):
    one = json_of(api("get", f"/webhooks/subscriptions/{subscription.id}"))["circuit"]
    (listed,) = json_of(api("get", "/webhooks/subscriptions"))["items"]
    assert listed["circuit"] == one
    return one


def test_a_circuit_that_never_opened_is_closed(api_client, subscription):
    assert shown(api_client, subscription) == CLOSED


@pytest.mark.parametrize(("state", "probe_at"), [("open", "2030-01-01T00:00:00.000000Z"), ("half_open", None)])
def test_a_subscription_shows_its_circuit(api_client, subscription, circuit, state, probe_at):
    Circuit.objects.update(state=state)
    circuit = shown(api_client, subscription)
    assert (circuit["state"], circuit["next_probe_at"]) == (state, probe_at)
    assert circuit["opened_at"].endswith("Z")


def test_a_circuit_that_closed_shows_nothing_of_before(api_client, subscription, circuit):
    Circuit.objects.update(state="closed", closed_at=datetime.now(UTC))
    assert shown(api_client, subscription) == CLOSED


def test_a_delivery_tells_when_its_circuit_was_open_and_when_the_next_is_tried(api_client, subscription, circuit):
    def told(delivery):
        answer = json_of(api_client("get", f"/webhooks/deliveries/{delivery.id}"))
        return answer["circuit_openings"], answer["next_probe_at"]

    at = [datetime(2026, 1, 31, hour, tzinfo=UTC) for hour in range(3)]
    for begin, end in ((at[0], at[1]), (at[2], None)):
        CircuitOpening.objects.create(
            subscription_id=subscription.id, tenant_id=subscription.tenant_id, opened_at=begin, closed_at=end
        )
    past = {"opened_at": "2026-01-31T00:00:00.000000Z", "closed_at": "2026-01-31T01:00:00.000000Z"}
    present = {"opened_at": "2026-01-31T02:00:00.000000Z", "closed_at": None}
    waiting = make_delivery(subscription, next_attempt_at=at[0], created_at=at[0])
    assert told(waiting) == ([past, present], "2030-01-01T00:00:00.000000Z")
    done = make_delivery(subscription, status="DELIVERED", created_at=at[0], updated_at=at[1])
    assert told(done) == ([past], None)


def test_an_opening_circuit_is_no_change_of_the_subscription(api_client, subscription):
    url = f"/api/v1/tenant/webhooks/subscriptions/{subscription.id}"
    before = api_client.client.get(url)["ETag"]
    Circuit.objects.create(
        subscription_id=subscription.id,
        tenant_id=subscription.tenant_id,
        state="open",
        opened_at=PROBE_AT,
        failed_at=PROBE_AT,
        wait=timedelta(seconds=30),
        probe_at=PROBE_AT,
    )
    assert api_client.client.get(url)["ETag"] == before


def test_waiting_deliveries_show_what_holds_them(api_client, subscription, circuit):
    waiting, done = make_delivery(subscription), make_delivery(subscription, status="DELIVERED")
    items = {item["id"]: item for item in json_of(api_client("get", "/webhooks/deliveries"))["items"]}
    assert (items[str(waiting.id)]["held"], items[str(done.id)]["held"]) == ("circuit", None)
    assert json_of(api_client("get", f"/webhooks/deliveries/{waiting.id}"))["held"] == "circuit"
    both = f"subscription={subscription.id},{make_subscription(api_client.tenant).id}"
    assert len(json_of(api_client("get", f"/webhooks/deliveries?{both}"))["items"]) == 2


def test_what_a_person_does_asks_for_a_probe(api_client, subscription, circuit):
    waiting, done = make_delivery(subscription), make_delivery(subscription, status="FAILED", next_attempt_at=None)
    base = f"/webhooks/subscriptions/{subscription.id}"
    calls = [
        ("post", f"/webhooks/deliveries/{waiting.id}/retry", None),
        ("post", f"/webhooks/deliveries/{done.id}/retry", None),
        ("post", f"{base}/test", None),
        ("patch", base, {"url": "https://hooks.example.com/new"}),
        ("patch", base, {"active": False}),
        ("post", f"{base}/enable", None),
    ]
    asked = []
    for method, path, body in calls:
        Circuit.objects.update(probe_at=PROBE_AT)
        assert api_client(method, path, body).status_code < 300
        asked.append(Circuit.objects.get().probe_at < PROBE_AT)
    assert asked == [True, True, True, True, False, True]


def test_a_deleted_subscription_leaves_no_circuit(api_client, subscription, circuit):
    assert api_client("delete", f"/webhooks/subscriptions/{subscription.id}").status_code == 204
    assert not Circuit.objects.exists()


def test_the_summary_counts_what_a_circuit_holds(api_client, subscription, circuit):
    from monitor.queries import summary

    make_delivery(subscription, status="RETRYING")
    figures = summary(subscription.tenant_id)
    assert (figures["held"], figures["retrying"], figures["oldest_pending_held"]) == (1, 0, "circuit")
