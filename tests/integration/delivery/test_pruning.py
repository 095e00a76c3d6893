import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.db import connection, transaction

from tenancy.ids import first_id_at
from tests.factories import make_attempt, make_delivery, make_event, make_subscription, make_tenant
from webhooks import pruning, publishing
from webhooks.models import Attempt, Delivery, Event, Subscription, delivery_states, ordering

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
    """However many of the oldest have to stay."""
    monkeypatch.setattr(pruning, "EVENTS_AT_ONCE", 2)
    kept = {make_old(days, "RETRYING").source_id for days in (50, 49, 48, 43)}
    for days in range(40, 45):
        make_old(days)
    assert pruning.prune() == 5
    assert set(Event.objects.values_list("id", flat=True)) == kept
    assert Delivery.objects.count() == Attempt.objects.count() == 4


def test_event_with_a_finished_and_an_unfinished_delivery_stays_whole():
    delivered = make_old(31)
    make_delivery(source=delivered.source, status="RETRYING")
    assert pruning.prune() == 0
    assert (Delivery.objects.count(), Attempt.objects.count()) == (2, 1)


def test_numbers_of_entities_go_with_their_events():
    tenant = make_tenant()
    old = first_id_at(datetime.now(UTC) - timedelta(days=31))
    make_event(tenant, id=old, entity_id="i-1")
    for entity in ("i-1", "i-2"):
        ordering.next_number(tenant.id, entity)
    assert pruning.prune() == 1
    assert ordering.EntitySequence.objects.get().entity_id == "i-2"


def test_held_row_whose_subscription_is_gone_is_cancelled():
    orphan, other = make_delivery(held="inactive"), make_delivery(make_subscription(active=False), held="inactive")
    Subscription.objects.filter(id=orphan.subscription_id)._raw_delete("default")
    pruning.settle_orphans()
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


@pytest.mark.skipif(not settings.DATABASES["default"]["ENGINE"].endswith("postgresql"), reason="SQLite has one writer")
@pytest.mark.django_db(transaction=True)
def test_event_that_is_being_replayed_is_passed_over():
    old = make_old(31)
    pruned = []

    def prune_in_a_connection_of_its_own():
        try:
            pruned.append(pruning.prune())
        finally:
            connection.close()

    pruner = threading.Thread(target=prune_in_a_connection_of_its_own)
    with transaction.atomic():
        replayed = publishing.replay(old)
        pruner.start()
        pruner.join(20)
    assert pruned == [0]
    assert Delivery.objects.filter(id=replayed.id, status="PENDING").exists()


def test_replay_of_what_was_pruned_meanwhile_is_refused():
    old = make_old(31)
    pruning.prune()
    with pytest.raises(Event.DoesNotExist):
        publishing.replay(old)
