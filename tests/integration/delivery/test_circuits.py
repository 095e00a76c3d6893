"""Circuits: what opens, probes and closes them, and what they hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from tenancy.ids import new_id
from tests.factories import make_delivery, make_event, make_subscription
from tests.integration.delivery.test_recording import finished
from webhooks import claiming, pruning, recording, subscriptions
from webhooks.dispatching.refs import Ref
from webhooks.engine.outcome import Outcome
from webhooks.engine.retry import RetryDecision
from webhooks.models import (
    AttemptCount,
    Circuit,
    CircuitOpening,
    Delivery,
    Subscription,
    circuit_states,
    delivery_states,
    pace,
)
from webhooks.models.circuit_states import Tally
from webhooks.models.delivery_states import Lease

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 1, 31, 12, 0, 1, tzinfo=UTC)
RETRYING = RetryDecision("RETRYING", delay=1.0)


def tally(subscription, attempts, failed):
    return {subscription.id: Tally(subscription.tenant_id, attempts, failed)}


def tell(subscription, attempts, failed, now=NOW):
    """Count attempts; whether that opened the circuit."""
    with transaction.atomic():
        circuit_states.count(tally(subscription, attempts, failed), now)
        return circuit_states.open_failing(tally(subscription, attempts, failed), now) == [subscription.id]


def opened(subscription, now=NOW):
    assert tell(subscription, 20, 20, now)
    return Circuit.objects.get(subscription_id=subscription.id)


def probe(now):
    with transaction.atomic():
        return circuit_states.claim_probes(Lease(new_id(), now, now + timedelta(seconds=20)))


def fail_probe(subscription, now):
    Circuit.objects.filter(subscription_id=subscription.id).update(state="half_open")
    circuit_states.settle_probes({subscription.id: False}, now)


def due(subscription, now=NOW, **fields):
    return make_delivery(subscription, next_attempt_at=now, **fields)


def claimed(*deliveries, now=NOW):
    with transaction.atomic():
        lease = Lease(new_id(), now, now + timedelta(seconds=20))
        return [row.id for row in delivery_states.claim([d.id for d in deliveries], lease)]


def test_counts_of_all_workers_add_up():
    subscription = make_subscription()
    assert not tell(subscription, 10, 6)
    assert tell(subscription, 10, 4)
    circuit = Circuit.objects.get()
    assert (circuit.state, circuit.opened_at, circuit.probe_at) == ("open", NOW, NOW + timedelta(seconds=30))
    assert circuit.tenant_id == subscription.tenant_id
    assert AttemptCount.objects.get().attempts == 20


def test_what_went_well_before_counts():
    subscription = make_subscription()
    assert not tell(subscription, 50, 0)
    assert not tell(subscription, 49, 49, NOW + timedelta(seconds=30))
    assert tell(subscription, 1, 1, NOW + timedelta(seconds=30))


def test_what_is_longer_ago_than_a_minute_does_not_count():
    subscription = make_subscription()
    assert not tell(subscription, 19, 19)
    assert not tell(subscription, 1, 1, NOW + timedelta(seconds=70))


def test_an_open_circuit_is_not_opened_again():
    subscription = make_subscription()
    opened(subscription)
    assert not tell(subscription, 20, 20, NOW + timedelta(seconds=1))
    assert Circuit.objects.get().opened_at == NOW


def test_an_open_circuit_holds_what_waits_and_writes_nothing_into_it():
    subscription, other = make_subscription(), make_subscription()
    held, retrying, final, free = (
        due(subscription),
        due(subscription, status="RETRYING"),
        due(subscription, status="FAILED"),
        due(other),
    )
    opened(subscription)
    assert claimed(held, retrying, free) == [free.id]
    assert delivery_states.subscriptions_due(NOW) == []
    holds = dict(Delivery.objects.with_hold().values_list("id", "hold"))
    assert holds == {held.id: "circuit", retrying.id: "circuit", final.id: None, free.id: None}
    assert held.why_held() == "circuit"
    held.refresh_from_db()
    assert (held.status, held.attempt_count, held.held) == ("PENDING", 0, None)


def test_one_probe_goes_out_when_the_wait_is_over_and_no_second_one_beside_it():
    subscription = make_subscription()
    first, _second = due(subscription, NOW - timedelta(minutes=2)), due(subscription)
    opened(subscription)
    assert probe(NOW + timedelta(seconds=29)) == []
    then = NOW + timedelta(seconds=30)
    assert [row.id for row in probe(then)] == [first.id]
    assert probe(then) == []
    assert Circuit.objects.get().state == "half_open"


def test_a_probe_whose_worker_died_is_given_up_with_its_lease():
    subscription = make_subscription()
    due(subscription), due(subscription)
    opened(subscription)
    then = NOW + timedelta(seconds=30)
    assert len(probe(then)) == 1
    assert probe(then + timedelta(seconds=19)) == []
    assert len(probe(then + timedelta(seconds=20))) == 1


def test_without_anything_to_send_there_is_no_probe():
    subscription = make_subscription()
    opened(subscription)
    assert probe(NOW + timedelta(hours=1)) == []
    assert Circuit.objects.get().state == "open"
    due(subscription)
    assert len(probe(NOW + timedelta(hours=1))) == 1


def test_an_inactive_subscription_is_not_probed():
    subscription = make_subscription(active=False)
    due(subscription)
    opened(subscription)
    assert probe(NOW + timedelta(hours=1)) == []


def test_each_failed_probe_doubles_the_wait():
    subscription = make_subscription()
    opened(subscription)
    waits, now = [], NOW
    for _ in range(6):
        due(subscription)
        now = Circuit.objects.get().probe_at
        assert len(probe(now)) == 1
        assert circuit_states.settle_probes({subscription.id: False}, now) == []
        waits.append((Circuit.objects.get().probe_at - now).total_seconds())
    assert waits == [60, 120, 240, 300, 300, 300]


def test_a_successful_probe_closes_the_circuit_and_failures_from_before_do_not_open_it_again():
    subscription = make_subscription()
    delivery = due(subscription)
    opened(subscription)
    then = NOW + timedelta(seconds=30)
    probe(then)
    assert circuit_states.settle_probes({subscription.id: True}, then) == [subscription.id]
    assert circuit_states.closed_since(NOW) == [(subscription.id, then)]
    assert not tell(subscription, 1, 1, then + timedelta(seconds=6))
    assert claimed(due(subscription), now=then)
    assert delivery.why_held() is None


def test_a_relapse_waits_longer_than_a_first_failure():
    subscription = make_subscription()
    opened(subscription)
    due(subscription)
    then = NOW + timedelta(seconds=30)
    probe(then)
    circuit_states.settle_probes({subscription.id: True}, then)
    soon = then + timedelta(minutes=1)
    assert opened(subscription, soon).probe_at - soon == timedelta(seconds=60)


def test_the_outcome_of_something_else_than_a_probe_decides_nothing():
    subscription = make_subscription()
    opened(subscription)
    assert circuit_states.settle_probes({subscription.id: True}, NOW) == []
    assert Circuit.objects.get().state == "open"


def test_what_is_held_for_a_day_fails():
    subscription = make_subscription(active_since=NOW)
    long_ago, young = due(subscription), due(subscription, NOW + timedelta(hours=2))
    opened(subscription)
    fail_probe(subscription, NOW + timedelta(hours=24))
    assert circuit_states.expire_held(NOW + timedelta(hours=25)) == 0
    fail_probe(subscription, NOW + timedelta(hours=24, seconds=1))
    assert circuit_states.expire_held(NOW + timedelta(hours=25)) == 1
    long_ago.refresh_from_db(), young.refresh_from_db()
    assert (long_ago.status, long_ago.last_error, long_ago.next_attempt_at) == ("FAILED", "expired", None)
    assert young.status == "PENDING"


def test_a_day_of_waiting_counts_from_when_the_circuit_opened():
    subscription = make_subscription(active_since=NOW - timedelta(days=4))
    due(subscription, NOW - timedelta(days=3))
    opened(subscription)
    fail_probe(subscription, NOW + timedelta(hours=23))
    assert circuit_states.expire_held(NOW + timedelta(hours=25)) == 0


def test_what_nobody_tried_for_a_day_does_not_fail():
    """No worker ran, or the probe of the first one after that is still under way."""
    subscription = make_subscription(active_since=NOW)
    due(subscription)
    opened(subscription)
    assert circuit_states.expire_held(NOW + timedelta(days=3)) == 0


def test_time_that_a_subscription_was_inactive_is_not_held_by_the_circuit():
    subscription = make_subscription(active_since=NOW + timedelta(days=2))
    due(subscription)
    opened(subscription)
    fail_probe(subscription, NOW + timedelta(days=2, hours=23))
    assert circuit_states.expire_held(NOW + timedelta(days=4)) == 0
    fail_probe(subscription, NOW + timedelta(days=3, seconds=1))
    assert circuit_states.expire_held(NOW + timedelta(days=4)) == 1


def test_a_probe_that_says_nothing_about_the_receiver_is_followed_by_another():
    subscription = make_subscription()
    due(subscription)
    opened(subscription)
    probe(NOW + timedelta(seconds=30))
    assert circuit_states.settle_probes({subscription.id: None}, NOW + timedelta(seconds=31)) == []
    circuit = Circuit.objects.get()
    assert (circuit.state, circuit.wait, circuit.failed_at) == ("open", timedelta(seconds=30), NOW)


def test_a_changed_url_is_tried_at_once_even_while_the_old_one_is_probed():
    subscription = make_subscription()
    due(subscription)
    opened(subscription)
    probe(NOW + timedelta(seconds=30))
    assert Circuit.objects.get().state == "half_open"
    subscriptions.change(subscription.id, {"url": "https://new.example.com/"})
    assert Circuit.objects.get().state == "open"
    assert Circuit.objects.get().probe_at <= datetime.now(UTC)


def test_what_is_left_of_a_deleted_subscription_is_forgotten():
    subscription, deleted = make_subscription(), make_subscription()
    for each in (subscription, deleted):
        opened(each)
        pace.grant({each.id: 1}, {each.id: pace.Limit(each.tenant_id, 1)}, NOW)
    Subscription.objects.filter(id=deleted.id)._raw_delete("default")
    pruning.settle_orphans()
    assert Circuit.objects.get().subscription_id == subscription.id
    assert pace.Pace.objects.get().subscription_id == subscription.id


def test_openings_are_told_of_the_time_in_question():
    subscription, other = make_subscription(), make_subscription()
    due(subscription)
    opened(other)
    first, closed, again = NOW, NOW + timedelta(seconds=31), NOW + timedelta(minutes=20)
    opened(subscription, first)
    probe(first + timedelta(seconds=30))
    circuit_states.settle_probes({subscription.id: True}, closed)
    opened(subscription, again)

    def told(since, until):
        return circuit_states.openings(subscription.id, since, until)

    assert told(NOW - timedelta(hours=1), NOW + timedelta(hours=1)) == [(first, closed), (again, None)]
    assert told(closed, again) == []
    assert told(closed - timedelta(seconds=1), again) == [(first, closed)]
    assert told(closed, again + timedelta(seconds=1)) == [(again, None)]


def test_openings_end_with_their_subscription_and_with_the_breaker():
    subscription, deleted, other = make_subscription(), make_subscription(), make_subscription()
    for each in (subscription, deleted, other):
        opened(each)
    subscriptions.delete(deleted.id)
    Subscription.objects.filter(id=other.id)._raw_delete("default")
    pruning.settle_orphans()
    assert [each.subscription_id for each in CircuitOpening.objects.filter(closed_at=None)] == [subscription.id]
    circuit_states.close_all(NOW + timedelta(hours=1))
    assert CircuitOpening.objects.get(subscription_id=subscription.id).closed_at == NOW + timedelta(hours=1)


def test_old_openings_are_forgotten(settings):
    kept, old, still_open = make_subscription(), make_subscription(), make_subscription()
    for each in (kept, old, still_open):
        opened(each)
    CircuitOpening.objects.filter(subscription_id=kept.id).update(closed_at=NOW + timedelta(minutes=2))
    CircuitOpening.objects.filter(subscription_id=old.id).update(closed_at=NOW)
    pruning.prune(NOW + timedelta(days=settings.WEBHOOK_HISTORY_DAYS, minutes=1))
    assert {each.subscription_id for each in CircuitOpening.objects.all()} == {kept.id, still_open.id}


def test_old_counts_are_forgotten():
    subscription = make_subscription()
    tell(subscription, 1, 0)
    tell(subscription, 1, 0, NOW + timedelta(minutes=9))
    circuit_states.tidy(NOW + timedelta(minutes=11))
    assert AttemptCount.objects.count() == 1


def failing(count, subscription, **changes):
    """So many claimed deliveries of a subscription and their failures, as a worker hands them over."""
    event = make_event(tenant_id=subscription.tenant_id)
    deliveries = [make_delivery(subscription, source=event) for _ in range(count)]
    claims, _ = claiming.claim([Ref(d.id, d.subscription_id, d.tenant_id, 0.0) for d in deliveries])
    assert len(claims) == count
    values = {"outcome": Outcome.HTTP_5XX, "http_status": 500, "error": "http_5xx: 500 Internal Server Error"}
    return [finished(claim.row, RETRYING, **{**values, **changes}) for claim in claims]


def test_recording_counts_and_opens_and_tells_what_is_held(caplog):
    subscription = make_subscription()
    recording.record(failing(19, subscription))
    assert not Circuit.objects.exists()
    (row,) = recording.record(failing(1, subscription))
    assert Circuit.objects.get().state == "open"
    assert (row.status, row.held) == ("RETRYING", "circuit")


def test_abandoned_and_blocked_attempts_open_nothing():
    subscription = make_subscription()
    for outcome in (Outcome.ABANDONED, Outcome.BLOCKED):
        recording.record(failing(30, subscription, outcome=outcome))
    assert not Circuit.objects.exists()


def test_the_breaker_can_be_turned_off(settings):
    settings.WEBHOOK_CIRCUIT_BREAKER = False
    recording.record(failing(30, make_subscription()))
    assert not Circuit.objects.exists()


@pytest.mark.parametrize(("outcome", "state"), [(Outcome.SUCCESS, "closed"), (Outcome.TIMEOUT, "open")])
def test_the_outcome_of_a_probe_decides(outcome, state):
    subscription = make_subscription()
    recording.record(failing(20, subscription))
    circuit_states.probe_now(subscription.id, datetime.now(UTC))
    Delivery.objects.filter(subscription=subscription).update(next_attempt_at=datetime.now(UTC))
    (claim,) = claiming.claim_probes()
    assert claim.probe
    decision = RetryDecision("DELIVERED") if outcome is Outcome.SUCCESS else RETRYING
    recording.record([finished(claim.row, decision, outcome=outcome)._replace(probe=True)])
    assert Circuit.objects.get().state == state
