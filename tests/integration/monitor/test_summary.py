from datetime import datetime, timedelta

import pytest
from django.core.cache import cache
from django.test import Client

from monitor import counted, queries
from tenancy.ids import first_id_at
from tenancy.models import Tenant
from tests.factories import make_attempt, make_delivery, make_subscription, make_tenant
from tests.integration.monitor.past import ago, attempt_at, failed_at
from webhooks import rollups
from webhooks.models import Circuit, Delivery

pytestmark = pytest.mark.django_db

NOTHING = {
    **dict.fromkeys(["attempts_5m", "failed_attempts_5m", "retrying", "failed_1h", "failed_1h_endpoints"], 0),
    **dict.fromkeys(["held", "waiting", "delivered_1h", "subscriptions"], 0),
    **dict.fromkeys(["p50_ms", "p95_ms", "next_retry_at", "oldest_pending_at", "oldest_pending_held"]),
    "open_circuits": [],
}


def rfc3339(moment):
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def tenant_of(row):
    return Tenant.objects.get(id=row.tenant_id)


def figures(tenant):
    cache.clear()
    found = queries.summary(tenant.id)
    assert datetime.fromisoformat(found.pop("now")).tzinfo
    return found


def test_tenant_without_rows_has_zeros_and_nothing_else():
    assert figures(make_tenant()) == NOTHING


def test_attempts_of_the_last_five_minutes_are_counted():
    delivery = make_delivery(status="DELIVERED")
    for number, outcome in enumerate(["success", "success", "timeout", "http_5xx"], start=1):
        make_attempt(delivery, number=number, outcome=outcome)
    make_attempt(delivery, number=5, id=first_id_at(ago(minutes=6)))
    make_attempt(delivery, number=6, id=first_id_at(ago(minutes=4)))
    found = figures(tenant_of(delivery))
    assert (found["attempts_5m"], found["failed_attempts_5m"]) == (5, 2)


def test_percentiles_are_of_the_durations_that_are_known():
    delivery = make_delivery(status="DELIVERED")
    for number in range(1, 101):
        make_attempt(delivery, number=number, duration_ms=number)
    make_attempt(delivery, number=101, outcome="abandoned", duration_ms=None)
    found = figures(tenant_of(delivery))
    assert (found["p50_ms"], found["p95_ms"]) == (50, 95)


def test_waiting_deliveries_by_what_they_wait_for():
    subscription = make_subscription()
    soon, later = ago(seconds=-30), ago(seconds=-60)
    oldest = make_delivery(subscription, held="inactive", created_at=ago(minutes=9))
    make_delivery(subscription)
    make_delivery(subscription, status="RETRYING", next_attempt_at=later)
    make_delivery(subscription, status="RETRYING", next_attempt_at=soon)
    make_delivery(subscription, status="RETRYING", held="inactive", next_attempt_at=ago(days=1))
    for status in ("DELIVERING", "DELIVERED", "FAILED", "CANCELLED"):
        make_delivery(subscription, status=status)
    found = figures(tenant_of(subscription))
    assert (found["waiting"], found["retrying"], found["held"]) == (5, 2, 2)
    assert found["next_retry_at"] == rfc3339(soon)
    assert (found["oldest_pending_at"], found["oldest_pending_held"]) == (rfc3339(oldest.created_at), "inactive")


def test_open_circuits_of_active_subscriptions_the_newest_first():
    tenant = make_tenant()
    first, second, closed = (make_subscription(tenant) for _ in range(3))
    paused, foreign = make_subscription(tenant, active=False), make_subscription()
    states = {first: "open", second: "half_open", closed: "closed", paused: "open", foreign: "open"}
    for minutes, (subscription, state) in enumerate(states.items()):
        Circuit.objects.create(
            subscription_id=subscription.id, tenant_id=subscription.tenant_id, state=state,
            opened_at=ago(minutes=9 - minutes), failed_at=ago(), wait=timedelta(seconds=30), probe_at=ago(),
        )  # fmt: skip
    for subscription in (first, first, second, closed):
        make_delivery(subscription)
    found = figures(tenant)["open_circuits"]
    held = [(circuit["subscription_id"], circuit["held"]) for circuit in found]
    assert held == [(str(second.id), 1), (str(first.id), 2)]
    assert all(datetime.fromisoformat(circuit["opened_at"]).tzinfo for circuit in found)


def test_finished_deliveries_of_the_last_hour_and_the_endpoints_that_failed():
    tenant = make_tenant()
    first, second = make_subscription(tenant), make_subscription(tenant)
    for subscription in (first, first, second):
        make_delivery(subscription, status="FAILED")
    for updated_at in (ago(minutes=1), ago(minutes=59), ago(minutes=61)):
        make_delivery(first, status="DELIVERED", updated_at=updated_at)
    make_delivery(second, status="FAILED", updated_at=ago(hours=2))
    found = figures(tenant)
    assert (found["delivered_1h"], found["failed_1h"], found["failed_1h_endpoints"]) == (2, 3, 2)
    assert found["subscriptions"] == 2


@pytest.mark.parametrize("many", [False, True])
def test_a_tenant_with_many_deliveries_is_counted_by_its_attempts(monkeypatch, many):
    tenant = make_tenant()
    first, second = make_subscription(tenant), make_subscription(tenant)
    for subscription, minutes in ((first, 2), (first, 40), (second, 3)):
        attempt_at(ago(minutes=minutes), subscription)
    for subscription, minutes in ((first, 1), (first, 30), (second, 90)):
        failed_at(ago(minutes=minutes), subscription)
    failed_at(ago(minutes=2), second, status="RETRYING")
    rollups.catch_up()
    if many:
        # As after years: what is left of each delivery says nothing about this hour.
        Delivery.objects.exclude(status="RETRYING").update(updated_at=ago(days=1))
        monkeypatch.setattr(queries, "MAX_CANDIDATES", 3)
        monkeypatch.setattr(counted, "LIVE_ATTEMPTS", 0)
    else:
        Delivery.objects.filter(subscription_id=second.id, status="FAILED").update(updated_at=ago(minutes=90))
    found = figures(tenant)
    assert (found["delivered_1h"], found["failed_1h"], found["failed_1h_endpoints"]) == (3, 2, 1)
    assert (found["attempts_5m"], found["failed_attempts_5m"]) == (4, 2)


def test_figures_are_of_one_tenant():
    own, foreign = make_tenant(), make_tenant()
    for status in ("PENDING", "RETRYING", "FAILED", "DELIVERED"):
        make_attempt(make_delivery(make_subscription(foreign), status=status))
    assert figures(own) == NOTHING
    assert figures(foreign)["attempts_5m"] == 4


def test_page_gets_the_figures_of_its_tenant(sign_in):
    own, foreign = make_tenant(), make_tenant()
    make_delivery(make_subscription(own))
    client = sign_in(own)
    assert client.get("/monitor/summary").json()["waiting"] == 1
    assert client.get(f"/monitor/summary?tenant={own.slug}").json()["waiting"] == 1
    assert client.get(f"/monitor/summary?tenant={foreign.slug}").status_code == 404
    assert sign_in(staff=True).get(f"/monitor/summary?tenant={foreign.slug}").json()["waiting"] == 0


def test_figures_without_a_session_are_refused_as_json():
    response = Client().get("/monitor/summary")
    assert response.status_code == 401
    assert "/sign-in" in response.json()["detail"]
