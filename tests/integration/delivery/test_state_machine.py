"""The states of a delivery under random interleavings of two workers, people, crashes and clock jumps.

The clock is the machine's own. A worker that crashes or freezes is one that settles late or never.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.db import transaction
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from tenancy.ids import new_id
from tests.factories import make_delivery, make_event, make_subscription
from webhooks import recording
from webhooks.claiming import LEASE_MARGIN
from webhooks.engine.outcome import AttemptResult, Outcome
from webhooks.engine.retry import ABANDONED_LIMIT, SCHEDULES, decide
from webhooks.models import Attempt, Delivery, circuit_states, delivery_states
from webhooks.models.circuit_states import Tally
from webhooks.models.delivery import FINAL, WAITING
from webhooks.models.delivery_states import ClaimedDelivery, Lease
from webhooks.recording import Finished

SCHEDULE = SCHEDULES["fast"]
WORKERS = st.sampled_from(["first", "second"])
OUTCOMES = {
    Outcome.SUCCESS: 200, Outcome.HTTP_5XX: 500, Outcome.HTTP_4XX: 410, Outcome.TIMEOUT: None, Outcome.BLOCKED: None,
}  # fmt: skip


class Deliveries(RuleBasedStateMachine):
    """Every rule is something that happens in an installation; what must hold after each is below."""

    now = datetime(2026, 1, 31, 12, tzinfo=UTC)  # goes on over all examples: they share the database

    def __init__(self) -> None:
        super().__init__()
        self.subscription = make_subscription()
        self.event = make_event(tenant_id=self.subscription.tenant_id)
        self.in_flight: dict[str, list[tuple[ClaimedDelivery, datetime]]] = {"first": [], "second": []}
        self.final: dict[object, tuple[str, int]] = {}

    def mine(self):
        return Delivery.objects.filter(subscription=self.subscription)

    # What happens

    @rule()
    def publish(self):
        make_delivery(self.subscription, source=self.event, next_attempt_at=type(self).now)

    @rule(seconds=st.sampled_from([1.0, 4.0, 15.0, 3600.0]))
    def time_passes(self, seconds):
        type(self).now += timedelta(seconds=seconds)

    @rule(worker=WORKERS, by_id=st.booleans())
    def worker_claims(self, worker, by_id):
        self.claim(worker, by_id)

    def claim(self, worker, by_id):
        now = type(self).now
        lease = Lease(new_id(), now, now + timedelta(seconds=settings.WEBHOOK_TIMEOUT) + LEASE_MARGIN)
        with transaction.atomic():
            if by_id:
                won = delivery_states.claim(list(self.mine().values_list("id", flat=True)), lease)
            else:
                won = delivery_states.claim_next({self.subscription.id: 2}, lease)
        held = {row.id for each in self.in_flight.values() for row, expires in each if expires > now}
        assert not held & {row.id for row in won}, "claimed while another worker's lease holds"
        self.in_flight[worker] += [(row, lease.expires_at) for row in won]

    @precondition(lambda self: any(self.in_flight.values()))
    @rule(worker=WORKERS, outcome=st.sampled_from(list(OUTCOMES)), retry_after=st.sampled_from([None, 30.0]))
    def settle(self, worker, outcome, retry_after):
        """In time or late, whatever happened to the lease meanwhile."""
        if not self.in_flight[worker]:
            return
        row, _ = self.in_flight[worker].pop(0)
        holds = self.mine().filter(id=row.id, status="DELIVERING", lease_token=row.lease_token).exists()
        recorded = recording.record([self.finished(row, outcome, retry_after)])
        assert [each.delivery_id for each in recorded] == ([row.id] if holds else [])

    @precondition(lambda self: any(self.in_flight.values()))
    @rule(worker=WORKERS)
    def freeze(self, worker):
        """It goes on once the others have taken over what it had."""
        self.sweep(25.0)
        self.claim("second" if worker == "first" else "first", True)

    @precondition(lambda self: any(self.in_flight.values()))
    @rule(worker=WORKERS)
    def crash(self, worker):
        self.in_flight[worker].clear()

    @rule()
    def worker_sweeps(self):
        self.sweep(0.0)

    def sweep(self, seconds):
        type(self).now += timedelta(seconds=seconds)
        recording.abandon_expired(type(self).now)
        delivery_states.settle_strays(type(self).now)

    @precondition(lambda self: self.mine().exists())
    @rule(data=st.data(), what=st.sampled_from([delivery_states.cancel, delivery_states.make_due]))
    def person_acts(self, data, what):
        delivery = data.draw(st.sampled_from(list(self.mine().order_by("id"))))
        assert what(delivery.id, type(self).now) == (delivery.status in WAITING)

    @rule(what=st.sampled_from(["enable"] * 3 + ["disable", "circuit"]))
    def subscription_changes(self, what):
        now = type(self).now
        with transaction.atomic():
            if what == "circuit":
                self.circuit_moves(now)
                return
            active = what == "enable"
            type(self.subscription).objects.filter(id=self.subscription.id).update(active=active)
            change = delivery_states.release_waiting_of if active else delivery_states.hold_waiting_of
            change(self.subscription.id, now)

    def circuit_moves(self, now):
        """It opens, or a probe goes out and ends well."""
        if not circuit_states.not_closed([self.subscription.id]):
            tally = {self.subscription.id: Tally(self.subscription.tenant_id, 20, 20)}
            circuit_states.count(tally, now)
            circuit_states.open_failing(tally, now)
            return
        circuit_states.probe_now(self.subscription.id, now)
        lease = Lease(new_id(), now, now + timedelta(seconds=20))
        probes = [row for row in circuit_states.claim_probes(lease) if row.subscription_id == self.subscription.id]
        self.in_flight["first"] += [(row, lease.expires_at) for row in probes]
        circuit_states.settle_probes({self.subscription.id: True}, now)

    def finished(self, row: ClaimedDelivery, outcome: Outcome, retry_after: float | None) -> Finished:
        decision = decide(
            outcome=outcome,
            http_status=OUTCOMES[outcome],
            retries_spent=row.attempt - 1 - row.abandoned_count,
            schedule=SCHEDULE,
            retry_after=retry_after,
            abandoned_count=row.abandoned_count,
            random=lambda: 0.5,
        )
        now = type(self).now.timestamp()
        result = AttemptResult(
            outcome=outcome, http_status=OUTCOMES[outcome], error=None, started_at=now, duration_ms=5,
            request_headers={}, response_headers={}, response_body="", response_truncated=False,
            retry_after=retry_after,
        )  # fmt: skip
        return Finished(row, result, decision, 1 + len(SCHEDULE), decision.delay and now + decision.delay)

    # What holds

    @invariant()
    def attempts_are_numbered_without_holes(self):
        for delivery in self.mine():
            numbers = list(
                Attempt.objects.filter(delivery=delivery).order_by("number").values_list("number", flat=True)
            )
            recorded = delivery.attempt_count - (delivery.status == "DELIVERING")
            assert numbers == list(range(1, recorded + 1)), (delivery.status, delivery.attempt_count)

    @invariant()
    def nothing_happens_to_what_is_final(self):
        for delivery in self.mine().filter(status__in=FINAL):
            now = (delivery.status, delivery.attempt_count)
            assert self.final.setdefault(delivery.id, now) == now
        assert set(self.final) <= set(self.mine().filter(status__in=FINAL).values_list("id", flat=True))

    @invariant()
    def who_delivers_has_a_lease_and_nobody_else_has(self):
        for delivery in self.mine():
            assert (delivery.lease_token is not None) == (delivery.status == "DELIVERING")
            assert (delivery.next_attempt_at is not None) == (delivery.status in WAITING)
            assert delivery.held is None or delivery.status in WAITING

    @invariant()
    def neither_retries_nor_abandoned_attempts_go_on_for_ever(self):
        for delivery in self.mine():
            outcomes = list(Attempt.objects.filter(delivery=delivery).values_list("outcome", flat=True))
            abandoned = outcomes.count("abandoned")
            assert delivery.abandoned_count == abandoned <= ABANDONED_LIMIT
            assert len(outcomes) - abandoned <= 1 + len(SCHEDULE)
            if abandoned == ABANDONED_LIMIT:
                assert delivery.status == "FAILED"
            if delivery.status == "DELIVERED":
                assert outcomes.count("success") == 1


@pytest.mark.django_db
def test_invariants_hold_whatever_happens():
    run_state_machine_as_test(
        Deliveries,
        settings=hypothesis_settings(
            max_examples=15,
            stateful_step_count=50,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
