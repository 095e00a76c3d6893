"""The endpoints page: how each subscription does, worst first."""

from datetime import datetime, timedelta

import pytest
from django.core.cache import cache
from django.test import Client

from monitor import counted
from tenancy.ids import moment_of
from tenancy.models import Membership
from tests.factories import make_delivery, make_subscription, make_tenant
from tests.integration.monitor.past import ago, attempt_at, failed_at
from webhooks import rollups
from webhooks.models import Attempt, Circuit, Subscription

pytestmark = pytest.mark.django_db


def text(moment):
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@pytest.fixture
def ask(sign_in, tenant):
    """The items of the tenant, as one of its people gets them."""
    client = sign_in(tenant)

    def ask(**parameters):
        cache.clear()
        response = client.get("/monitor/endpoints", parameters)
        assert response.status_code == 200, response.content
        return response.json()

    return ask


def item_of(found, subscription):
    (item,) = [each for each in found["items"] if each["subscription_id"] == str(subscription.id)]
    return item


def circuit(subscription, state, **times):
    values = {"opened_at": ago(minutes=10), "failed_at": ago(minutes=1), "probe_at": ago(minutes=-1), **times}
    return Circuit.objects.create(
        subscription_id=subscription.id,
        tenant_id=subscription.tenant_id,
        state=state,
        wait=timedelta(minutes=1),
        **values,
    )


def test_tenant_without_subscriptions_has_no_items(ask):
    found = ask()
    assert (found["items"], found["step_seconds"]) == ([], 60)
    assert datetime.fromisoformat(found["since"]) < datetime.fromisoformat(found["now"])


def test_subscription_that_nothing_was_sent_to_has_zeros(ask, tenant, settings):
    subscription = make_subscription(tenant)
    found = ask()
    assert found["items"] == [
        {
            "subscription_id": str(subscription.id),
            **dict.fromkeys(["attempts", "failed", "waiting", "held"], 0),
            **dict.fromkeys(["p95_ms", "oldest_pending_at", "last_attempt_at", "last_error"]),
            "circuit": {
                "state": "closed",
                "opened_at": None,
                "closed_at": None,
                "probe_at": None,
                "in_flight": 0,
                "limit": settings.WEBHOOK_SUBSCRIPTION_IN_FLIGHT if settings.EMBEDDED else None,
            },
            "series": [[0, 0]] * 61,
        }
    ]


@pytest.mark.parametrize("how", ["attempts", "both", "minutes"])
def test_attempts_of_the_range_by_step(ask, tenant, monkeypatch, how):
    subscription, other = make_subscription(tenant), make_subscription(tenant)
    then = ago(minutes=30)
    for moment in (ago(minutes=1), then, then):
        attempt_at(moment, subscription, duration_ms=140)
    failure = failed_at(then, subscription, duration_ms=4_500)
    attempt_at(ago(minutes=70), subscription)
    attempt_at(ago(minutes=30), other)
    if how != "attempts":
        rollups.catch_up()
    if how == "minutes":
        monkeypatch.setattr(counted, "LIVE_ATTEMPTS", 0)
    found = ask()
    item = item_of(found, subscription)
    assert (item["attempts"], item["failed"], item["p95_ms"]) == (4, 1, 4800)
    assert item["last_error"] == {
        "outcome": "http_5xx",
        "error": "http_5xx: 503 Service Unavailable",
        "at": text(moment_of(failure.id)),
    }
    assert item["last_attempt_at"] > item["last_error"]["at"]
    since = datetime.fromisoformat(found["since"])
    step = (moment_of(failure.id) - since) // timedelta(seconds=found["step_seconds"])
    assert item["series"][step] == [2, 1]
    assert sum(succeeded for succeeded, _ in item["series"]) == 3
    assert item_of(found, other)["attempts"] == 1


@pytest.mark.parametrize(("range_", "steps", "attempts"), [("15m", 16, 1), ("1h", 61, 2), ("24h", 25, 3)])
@pytest.mark.parametrize("counting", [False, True])
def test_ranges(ask, tenant, range_, steps, attempts, counting):
    subscription = make_subscription(tenant)
    for minutes in (10, 50, 23 * 60):
        attempt_at(ago(minutes=minutes), subscription)
    if counting:
        rollups.catch_up()
    item = item_of(ask(range=range_), subscription)
    assert (item["attempts"], len(item["series"])) == (attempts, steps)


def test_last_attempt_of_an_idle_subscription_is_known_as_long_as_the_minutes_are(ask, tenant):
    idle, failed = make_subscription(tenant), make_subscription(tenant)
    rollups.catch_up(ago(days=5))
    succeeded, failure = attempt_at(ago(days=4), idle), failed_at(ago(days=4), failed)
    failed_at(ago(days=4, minutes=5), idle)
    rollups.catch_up()
    found = ask()
    assert item_of(found, idle)["last_attempt_at"] == text(moment_of(succeeded.id))
    assert item_of(found, idle)["last_error"] is None
    assert item_of(found, failed)["last_error"]["at"] == text(moment_of(failure.id))
    Attempt.objects.all().delete()
    assert item_of(ask(), failed)["last_attempt_at"] == text(moment_of(failure.id))
    assert item_of(ask(), failed)["last_error"] is None


def test_what_waits_and_what_of_it_is_held(ask, tenant):
    subscription = make_subscription(tenant)
    oldest = make_delivery(subscription, created_at=ago(minutes=9), held="inactive")
    make_delivery(subscription, status="RETRYING")
    for _ in range(2):
        make_delivery(subscription, status="DELIVERING", created_at=ago(minutes=10))
    for status in ("DELIVERED", "FAILED", "CANCELLED"):
        make_delivery(subscription, status=status)
    make_delivery(make_subscription(tenant))
    item = item_of(ask(), subscription)
    assert (item["waiting"], item["held"], item["circuit"]["in_flight"]) == (4, 1, 2)
    assert item["oldest_pending_at"] == text(oldest.created_at)
    circuit(subscription, "open")
    assert item_of(ask(), subscription)["held"] == 2


def test_circuits(ask, tenant):
    opened, probing, closing, closed = (make_subscription(tenant) for _ in range(4))
    row = circuit(opened, "open")
    circuit(probing, "half_open")
    circuit(closing, "closed", closed_at=ago(seconds=30))
    circuit(closed, "closed", closed_at=ago(minutes=5))
    found = ask()
    shown = [item_of(found, each)["circuit"] for each in (opened, probing, closing, closed)]
    assert [each["state"] for each in shown] == ["open", "half_open", "ramping", "closed"]
    assert [each["probe_at"] for each in shown] == [text(row.probe_at), None, None, None]
    assert shown[0]["opened_at"] == text(row.opened_at)
    assert [each["closed_at"] is None for each in shown] == [True, True, False, False]


def test_worst_come_first(ask, tenant):
    paused = make_subscription(tenant, active=False)
    failed_at(ago(minutes=1), paused)
    quiet, busy, quieter = (make_subscription(tenant) for _ in range(3))
    for _ in range(3):
        attempt_at(ago(minutes=1), busy)
    attempt_at(ago(minutes=1), quieter)
    failing, failing_more = make_subscription(tenant), make_subscription(tenant)
    for subscription, failures in ((failing, 1), (failing_more, 2)):
        for _ in range(failures):
            failed_at(ago(minutes=1), subscription)
        attempt_at(ago(minutes=1), subscription)
    gone = make_subscription(tenant, active=False, disabled_reason="gone")
    ramping, opened = make_subscription(tenant), make_subscription(tenant)
    circuit(ramping, "closed", closed_at=ago(seconds=30))
    circuit(opened, "open")
    circuit(paused, "open")
    expected = [opened, ramping, gone, failing_more, failing, busy, quieter, quiet, paused]
    assert [item["subscription_id"] for item in ask()["items"]] == [str(each.id) for each in expected]


def test_others_and_deleted_ones_are_not_listed(ask, tenant):
    foreign, gone = make_subscription(), make_subscription(tenant)
    for subscription in (foreign, gone):
        attempt_at(ago(minutes=1), subscription)
    own = make_subscription(tenant)
    Subscription.objects.filter(id=gone.id)._raw_delete("default")
    assert [item["subscription_id"] for item in ask()["items"]] == [str(own.id)]


@pytest.mark.parametrize(("parameters", "wrong"), [({"range": "6h"}, "range"), ({"since": "x"}, "since")])
def test_a_parameter_that_cannot_be_used_is_named(sign_in, tenant, parameters, wrong):
    response = sign_in(tenant).get("/monitor/endpoints", parameters)
    assert (response.status_code, list(response.json()["errors"])) == (422, [wrong])


def test_another_tenants_endpoints_are_not_found(sign_in, tenant):
    client = sign_in(tenant)
    assert client.get("/monitor/endpoints", {"tenant": tenant.slug}).status_code == 200
    assert client.get("/monitor/endpoints", {"tenant": make_tenant().slug}).status_code == 404
    assert Client().get("/monitor/endpoints").status_code == 401
    assert client.post("/monitor/endpoints").status_code == 405


def test_a_viewer_may_look(sign_in, tenant):
    client = sign_in(tenant)
    Membership.objects.update(role="viewer")
    assert client.get("/monitor/endpoints").status_code == 200
