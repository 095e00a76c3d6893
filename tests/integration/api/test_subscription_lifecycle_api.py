"""REST: enabling, disabling, deleting, rotating and testing subscriptions, and how many there may be."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from tests.conftest import ApiClient
from tests.factories import SECRET, make_delivery, make_subscription, make_tenant
from tests.integration.api.answers import json_of, problem_of, wrong_fields
from webhooks import subscriptions
from webhooks.engine.signature import check_secret
from webhooks.models import Delivery, Subscription

BASE = "/webhooks/subscriptions"
BODY = {"url": "https://hooks.example.com/erp", "event": "payment.received"}


def now():
    return datetime.now(UTC)


def create(api, **fields):
    return json_of(api("post", BASE, {**BODY, **fields}), 201)


def test_disabling_holds_what_waits_and_enabling_resumes_it(api_client):
    subscription = make_subscription(api_client.tenant)
    waiting, done = make_delivery(subscription), make_delivery(subscription, status="DELIVERED")
    assert json_of(api_client("post", f"{BASE}/{subscription.id}/disable"))["active"] is False
    assert dict(Delivery.objects.values_list("id", "held")) == {waiting.id: "inactive", done.id: None}
    assert json_of(api_client("post", f"{BASE}/{subscription.id}/enable"))["active"] is True
    assert dict(Delivery.objects.values_list("id", "held")) == {waiting.id: None, done.id: None}


def test_enabling_wakes_a_worker(api_client, django_capture_on_commit_callbacks):
    subscription = make_subscription(api_client.tenant, active=False)
    make_delivery(subscription, held="inactive")
    with django_capture_on_commit_callbacks() as wakes:
        json_of(api_client("post", f"{BASE}/{subscription.id}/enable"))
    assert len(wakes) == 1


def test_active_in_a_patch_holds_and_resumes_too(api_client):
    subscription = make_subscription(api_client.tenant)
    make_delivery(subscription)
    json_of(api_client("patch", f"{BASE}/{subscription.id}", {"active": False}))
    assert Delivery.objects.get().held == "inactive"
    json_of(api_client("patch", f"{BASE}/{subscription.id}", {"active": True}))
    assert Delivery.objects.get().held is None


def test_enabling_forgets_why_it_was_disabled(api_client):
    subscription = make_subscription(api_client.tenant, active=False, disabled_reason="gone")
    assert json_of(api_client("get", f"{BASE}/{subscription.id}"))["disabled_reason"] == "gone"
    assert json_of(api_client("post", f"{BASE}/{subscription.id}/enable"))["disabled_reason"] is None


@pytest.mark.parametrize("verb", ["enable", "disable"])
def test_enabling_and_disabling_twice_changes_nothing(api_client, verb):
    subscription = make_subscription(api_client.tenant)
    first = json_of(api_client("post", f"{BASE}/{subscription.id}/{verb}"))
    assert json_of(api_client("post", f"{BASE}/{subscription.id}/{verb}"))["active"] == first["active"]


def test_an_inactive_subscription_gets_no_new_events(api_client):
    inactive = create(api_client, event="customer.created", active=False)
    active = create(api_client, event="customer.created")
    json_of(api_client("post", "/customers", {"name": "Ribera", "email": "a@ribera.example"}), 201)
    assert [str(each) for each in Delivery.objects.values_list("subscription_id", flat=True)] == [active["id"]]
    assert json_of(api_client("get", f"/webhooks/deliveries?subscription={inactive['id']}"))["items"] == []


def test_deleting_cancels_what_waits_and_keeps_history(api_client):
    subscription = make_subscription(api_client.tenant)
    pending, retrying = make_delivery(subscription), make_delivery(subscription, status="RETRYING", held="inactive")
    delivered, failed = make_delivery(subscription, status="DELIVERED"), make_delivery(subscription, status="FAILED")
    response = api_client("delete", f"{BASE}/{subscription.id}")
    assert (response.status_code, response.content) == (204, b"")
    problem_of(api_client("get", f"{BASE}/{subscription.id}"), 404)
    problem_of(api_client("delete", f"{BASE}/{subscription.id}"), 404)
    listed = json_of(api_client("get", f"/webhooks/deliveries?subscription={subscription.id}"))["items"]
    assert {item["id"]: item["status"] for item in listed} == {
        str(pending.id): "CANCELLED",
        str(retrying.id): "CANCELLED",
        str(delivered.id): "DELIVERED",
        str(failed.id): "FAILED",
    }
    assert not any(item["held"] or item["next_attempt_at"] for item in listed)


def test_rotation_shows_the_new_secret_once_and_both_live_for_a_day(api_client):
    created = create(api_client, secret=SECRET)
    rotated = json_of(api_client("post", f"{BASE}/{created['id']}/rotate-secret"))
    assert set(rotated) == {"secret", "previous_valid_until"}
    check_secret(rotated["secret"])
    shown = json_of(api_client("get", f"{BASE}/{created['id']}"))
    assert shown["secret"] == "…" + rotated["secret"][-4:]
    assert shown["previous_valid_until"] == rotated["previous_valid_until"]
    subscription = Subscription.objects.get()
    hours = (subscription.previous_valid_until(now()) - subscription.updated_at).total_seconds() / 3600
    assert hours == pytest.approx(24, abs=0.01)
    assert subscription.live_secrets(now()) == (rotated["secret"], SECRET)


def test_a_second_rotation_keeps_the_promise_made_to_the_first_secret(api_client):
    created = create(api_client, secret=SECRET)
    url = f"{BASE}/{created['id']}/rotate-secret"
    first, second = (json_of(api_client("post", url)) for _ in range(2))
    subscription = Subscription.objects.get()
    assert subscription.live_secrets(now()) == (second["secret"], first["secret"], SECRET)
    promised = datetime.fromisoformat(first["previous_valid_until"])
    assert subscription.live_secrets(promised) == (second["secret"], first["secret"])
    assert subscription.live_secrets(promised + timedelta(minutes=1)) == (second["secret"],)


def test_a_rotation_that_would_break_a_promise_is_a_conflict(api_client):
    created = create(api_client, secret=SECRET)
    url = f"{BASE}/{created['id']}/rotate-secret"
    for _ in range(4):
        newest = json_of(api_client("post", url))["secret"]
    assert "end_previous" in problem_of(api_client("post", url), 409)["detail"]
    assert Subscription.objects.get().live_secrets(now())[0] == newest
    assert Subscription.objects.get().live_secrets(now())[-1] == SECRET


def test_a_secret_that_leaked_can_be_ended_at_once(api_client):
    created = create(api_client, secret=SECRET)
    url = f"{BASE}/{created['id']}/rotate-secret"
    json_of(api_client("post", url))
    rotated = json_of(api_client("post", f"{url}?end_previous=true"))
    assert rotated["previous_valid_until"] is None
    assert Subscription.objects.get().live_secrets(now()) == (rotated["secret"],)
    assert wrong_fields(api_client("post", f"{url}?end_previous=maybe")) == {"end_previous"}


def test_the_overlap_can_be_configured(api_client, settings):
    settings.WEBHOOK_ROTATION_HOURS = 2
    rotated = json_of(api_client("post", f"{BASE}/{create(api_client)['id']}/rotate-secret"))
    left = datetime.fromisoformat(rotated["previous_valid_until"]) - now()
    assert left.total_seconds() / 3600 == pytest.approx(2, abs=0.01)
    settings.WEBHOOK_ROTATION_HOURS = 0
    rotated = json_of(api_client("post", f"{BASE}/{create(api_client)['id']}/rotate-secret"))
    assert rotated["previous_valid_until"] is None


def test_former_secrets_are_encrypted(api_client):
    created = create(api_client, secret=SECRET)
    json_of(api_client("post", f"{BASE}/{created['id']}/rotate-secret"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT former_secrets FROM webhook_subscriptions")
        (stored,) = cursor.fetchone()
    assert stored.startswith("gAAAA")


def test_an_overlap_that_is_over_is_not_shown(api_client):
    over = [["the-old-one", now().isoformat()]]
    subscription = make_subscription(api_client.tenant, former_secrets=over)
    assert json_of(api_client("get", f"{BASE}/{subscription.id}"))["previous_valid_until"] is None


def test_the_test_button_makes_a_real_delivery(api_client, django_capture_on_commit_callbacks):
    subscription = make_subscription(api_client.tenant, events=["invoice.*"])
    with django_capture_on_commit_callbacks() as wakes:
        delivery = json_of(api_client("post", f"{BASE}/{subscription.id}/test"), 202)
    assert (delivery["event"], delivery["status"]) == ("webhook.test", "PENDING")
    assert (delivery["subscription_id"], delivery["held"]) == (str(subscription.id), None)
    assert len(wakes) == 1
    listed = json_of(api_client("get", "/webhooks/deliveries?event=webhook.test"))["items"]
    assert [item["id"] for item in listed] == [delivery["id"]]
    assert json_of(api_client("get", f"/webhooks/events/{delivery['event_id']}"))["type"] == "webhook.test"


def test_a_test_of_an_inactive_subscription_is_held(api_client):
    subscription = make_subscription(api_client.tenant, active=False)
    assert json_of(api_client("post", f"{BASE}/{subscription.id}/test"), 202)["held"] == "inactive"


def test_one_more_than_the_limit_is_a_conflict(api_client, settings):
    assert settings.WEBHOOK_MAX_SUBSCRIPTIONS == 100
    for _ in range(99):
        make_subscription(api_client.tenant)
    last = create(api_client)
    assert "100" in problem_of(api_client("post", BASE, BODY), 409)["detail"]
    assert api_client("delete", f"{BASE}/{last['id']}").status_code == 204
    create(api_client)


def test_of_two_at_once_only_as_many_as_allowed_are_created(transactional_db, settings):
    settings.WEBHOOK_MAX_SUBSCRIPTIONS = 1
    api, statuses = ApiClient(make_tenant()), []

    def attempt():
        statuses.append(api("post", BASE, BODY).status_code)
        connection.close()

    other = threading.Thread(target=attempt)
    with transaction.atomic():
        subscriptions.create(api.tenant.id, url=BODY["url"], events=["*"], timeout=10)
        other.start()
        other.join(0.5)
        assert statuses == []
    other.join()
    assert statuses == [409]


@pytest.mark.parametrize("ends_as", ["enabled", "deleted"])
def test_a_test_during_another_change_waits_for_it(transactional_db, ends_as):
    api = ApiClient(make_tenant())
    subscription = make_subscription(api.tenant, active=False)
    statuses = []

    def send_test():
        statuses.append(api("post", f"{BASE}/{subscription.id}/test").status_code)
        connection.close()

    other = threading.Thread(target=send_test)
    with transaction.atomic():
        if ends_as == "enabled":
            subscriptions.set_active(subscription.id, True)
        else:
            subscriptions.delete(subscription.id)
        other.start()
        other.join(0.5)
        assert statuses == []
    other.join()
    assert statuses == [202 if ends_as == "enabled" else 404]
    assert not Delivery.objects.exclude(held=None).exists()
    assert Delivery.objects.count() == (ends_as == "enabled")


@pytest.fixture
def unreadable(api_client):
    """A subscription whose secret was encrypted under a key that is gone."""
    subscription = make_subscription(api_client.tenant, events=["*"])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE webhook_subscriptions SET secret = 'gAAAAA', former_secrets = 'gAAAAA'")
    return subscription


def test_a_secret_that_cannot_be_read_stops_neither_business_nor_its_owner(api_client, unreadable):
    path = f"{BASE}/{unreadable.id}"
    json_of(api_client("post", "/customers", {"name": "Ana", "email": "ana@example.com"}), 201)
    assert Delivery.objects.filter(subscription=unreadable).count() == 1
    shown = json_of(api_client("get", path))
    assert (shown["secret"], shown["previous_valid_until"]) == ("unreadable; rotate it", None)
    assert json_of(api_client("get", BASE))["items"] == [shown]
    assert json_of(api_client("patch", path, {"description": "mine"}))["description"] == "mine"
    json_of(api_client("post", f"{path}/disable"))
    # The key may come back, and receivers were promised the present secret.
    assert "ENCRYPTION_KEYS" in problem_of(api_client("post", f"{path}/rotate-secret"), 409)["detail"]
    rotated = json_of(api_client("post", f"{path}/rotate-secret?end_previous=true"))
    assert rotated["previous_valid_until"] is None
    assert json_of(api_client("get", path))["secret"] == "…" + rotated["secret"][-4:]


def test_a_subscription_whose_secret_cannot_be_read_can_be_deleted(api_client, unreadable):
    assert api_client("delete", f"{BASE}/{unreadable.id}").status_code == 204
