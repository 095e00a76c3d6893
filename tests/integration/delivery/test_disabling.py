"""Subscriptions that are disabled because nobody listens any more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import orjson
import pytest

from tests.factories import make_delivery, make_subscription, make_tenant
from webhooks import disabling, subscriptions
from webhooks.models import Delivery, Event

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


def days_ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


@pytest.fixture
def failing():
    """A subscription of which a delivery failed six days ago, and one just now."""
    subscription = make_subscription(active_since=days_ago(30))
    for days in (6, 0.1):
        make_delivery(subscription, status="FAILED", created_at=days_ago(days))
    return subscription


def reason(subscription):
    subscription.refresh_from_db()
    return None if subscription.active else subscription.disabled_reason


def test_what_only_failed_for_days_is_disabled_and_what_waits_is_held(failing):
    waiting = make_delivery(failing)
    assert disabling.disable_failing(NOW) == 1
    assert reason(failing) == "failing"
    waiting.refresh_from_db()
    assert (waiting.status, waiting.held) == ("PENDING", "inactive")
    assert disabling.disable_failing(NOW) == 0


def test_a_delivery_within_those_days_keeps_it(failing):
    make_delivery(failing, status="DELIVERED", created_at=days_ago(4.9))
    assert disabling.disable_failing(NOW) == 0


def test_failing_since_yesterday_is_not_failing_for_days():
    subscription = make_subscription(active_since=days_ago(30))
    make_delivery(subscription, status="DELIVERED", created_at=days_ago(6))
    for days in (1.5, 0.1):
        make_delivery(subscription, status="FAILED", created_at=days_ago(days))
    assert disabling.disable_failing(NOW) == 0


def test_the_first_failure_ever_says_nothing_about_the_days_before():
    subscription = make_subscription(active_since=days_ago(30))
    make_delivery(subscription, status="FAILED", created_at=days_ago(0.1))
    assert disabling.disable_failing(NOW) == 0


def test_what_is_not_tried_any_more_is_left_alone(failing):
    Delivery.objects.filter(subscription=failing, created_at__gt=days_ago(1)).delete()
    assert disabling.disable_failing(NOW) == 0


def test_who_was_enabled_again_has_the_days_anew(failing):
    subscriptions.set_active(failing.id, False)
    subscriptions.set_active(failing.id, True)
    failing.refresh_from_db()
    assert failing.active_since > NOW
    assert disabling.disable_failing(NOW) == 0


def test_zero_days_disable_nothing(failing, settings):
    settings.WEBHOOK_DISABLE_AFTER_DAYS = 0
    assert disabling.disable_failing(NOW) == 0


def test_the_tenants_other_subscriptions_of_everything_are_told(failing):
    class Owner:
        id = failing.tenant_id

    told = make_subscription(Owner(), events=["*"])
    make_subscription(Owner(), events=["payment.*"])
    make_subscription(Owner(), events=["*"], active=False)
    make_subscription(make_tenant(), events=["*"])
    disabling.disable_failing(NOW)
    event = Event.objects.get(type="webhook.disabled")
    assert event.entity_id == str(failing.id)
    data = orjson.loads(event.body)["data"]
    assert data == {"id": str(failing.id), "url": failing.url, "description": "", "reason": "failing"}
    assert list(Delivery.objects.filter(source=event).values_list("subscription_id", flat=True)) == [told.id]
