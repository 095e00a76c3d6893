from datetime import UTC, datetime, timedelta

import pytest

from tenancy.ids import first_id_at
from tests.factories import make_attempt, make_delivery, make_event, make_subscription
from webhooks import pruning
from webhooks.models import Attempt, Delivery, Event, Subscription, delivery_states

pytestmark = pytest.mark.django_db


def make_old(days, status="DELIVERED"):
    """A delivery of an event that happened so long ago."""
    then = datetime.now(UTC) - timedelta(days=days)
    delivery = make_delivery(source=make_event(id=first_id_at(then), created_at=then), status=status)
    make_attempt(delivery)
    return delivery


def test_history_over_its_age_goes_with_deliveries_and_attempts(settings):
    settings.WEBHOOK_HISTORY_DAYS = 30
    make_old(31)
    kept = make_old(29)
    assert pruning.prune() == 1
    assert (Event.objects.get().id, Delivery.objects.get().id) == (kept.source_id, kept.id)
    assert Attempt.objects.get().delivery_id == kept.id
    assert pruning.prune() == 0


@pytest.mark.parametrize("status", ["PENDING", "RETRYING", "DELIVERING"])
def test_unfinished_delivery_keeps_its_event_however_old(status):
    make_old(400, status)
    assert pruning.prune() == 0
    assert Delivery.objects.count() == 1


def test_events_go_in_several_steps(monkeypatch):
    monkeypatch.setattr(pruning, "EVENTS_AT_ONCE", 2)
    for days in range(40, 45):
        make_old(days)
    assert pruning.prune() == 5


def test_held_row_whose_subscription_is_gone_is_cancelled():
    orphan, other = make_delivery(held="inactive"), make_delivery(make_subscription(active=False), held="inactive")
    Subscription.objects.filter(id=orphan.subscription_id)._raw_delete("default")
    pruning.prune()
    for delivery in (orphan, other):
        delivery.refresh_from_db()
    assert (orphan.status, orphan.held, other.status) == ("CANCELLED", None, "PENDING")


def test_strays_are_found_among_many_subscriptions():
    now = datetime.now(UTC)
    for active in (True, False, True, False):
        make_delivery(make_subscription(active=active))
    deleted = make_delivery()
    Subscription.objects.filter(id=deleted.subscription_id)._raw_delete("default")
    assert delivery_states.settle_strays(now) == (2, 1)
    assert delivery_states.settle_strays(now) == (0, 0)
