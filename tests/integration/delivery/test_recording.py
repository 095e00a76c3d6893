from datetime import UTC, datetime, timedelta

import pytest
from django.db import DataError, transaction

from tenancy.ids import new_id
from tests.factories import make_delivery, make_event, make_subscription
from webhooks import recording
from webhooks.engine.outcome import AttemptResult, Outcome
from webhooks.engine.retry import RetryDecision
from webhooks.models import Attempt, delivery_states
from webhooks.models.delivery_states import Lease
from webhooks.recording import Finished
from webhooks.signals import attempts_being_recorded, attempts_recorded, recording_failed

pytestmark = pytest.mark.django_db


def claim(*deliveries, lease=timedelta(seconds=20)):
    now = datetime.now(UTC)
    with transaction.atomic():
        return delivery_states.claim([d.id for d in deliveries], Lease(new_id(), now, now + lease))


def finished(row, decision=RetryDecision("DELIVERED"), **changes):  # noqa: B008  # immutable
    values = {
        "outcome": Outcome.SUCCESS,
        "http_status": 200,
        "error": None,
        "started_at": datetime.now(UTC).timestamp(),
        "duration_ms": 12,
        "request_headers": {"x-event": row.event},
        "response_headers": {"server": "nginx"},
        "response_body": "ok",
        "response_truncated": False,
        "retry_after": None,
    }
    next_attempt = None if decision.delay is None else datetime.now(UTC).timestamp() + decision.delay
    return Finished(row, AttemptResult(**{**values, **changes}), decision, 4, next_attempt)


@pytest.fixture
def heard():
    told = []

    def hear(rows, late, **_signal):
        told.append((rows, late))

    attempts_recorded.connect(hear)
    yield told
    attempts_recorded.disconnect(hear)


def test_success_is_recorded_with_its_attempt(heard):
    delivery = make_delivery()
    (row,) = claim(delivery)
    recording.record([finished(row)])
    delivery.refresh_from_db()
    attempt = Attempt.objects.get()
    assert (delivery.status, delivery.http_status, delivery.last_error) == ("DELIVERED", 200, None)
    assert delivery.delivered_at
    assert (attempt.delivery_id, attempt.number, attempt.outcome) == (delivery.id, 1, "success")
    assert attempt.response_headers == {"server": "nginx"}
    ((rows, late),) = heard
    assert (rows[0].delivery_id, rows[0].status, late) == (delivery.id, "DELIVERED", 0)


def test_failure_with_retries_left_waits_for_its_next_attempt():
    delivery = make_delivery()
    (row,) = claim(delivery)
    failure = {"outcome": Outcome.HTTP_5XX, "http_status": 503, "error": "http_5xx: 503 Service Unavailable"}
    recording.record([finished(row, RetryDecision("RETRYING", 60.0), **failure)])
    delivery.refresh_from_db()
    assert (delivery.status, delivery.http_status) == ("RETRYING", 503)
    assert delivery.last_error == "http_5xx: 503 Service Unavailable"
    assert delivery.next_attempt_at > datetime.now(UTC)


def test_late_outcome_is_counted_and_harms_nothing_else_in_its_batch(heard):
    delivery, other = make_delivery(), make_delivery()
    (row,), (fine,) = claim(delivery), claim(other)
    late = finished(row._replace(lease_token=new_id()))
    recording.record([late, finished(fine)])
    delivery.refresh_from_db()
    other.refresh_from_db()
    assert (delivery.status, other.status) == ("DELIVERING", "DELIVERED")
    assert Attempt.objects.get().delivery_id == other.id
    assert heard[0][1] == 1


def test_expired_lease_becomes_an_abandoned_attempt_that_spends_no_retry():
    delivery = make_delivery()
    claim(delivery, lease=-timedelta(seconds=1))
    recording.abandon_expired()
    delivery.refresh_from_db()
    assert (delivery.status, delivery.abandoned_count, delivery.attempt_count) == ("RETRYING", 1, 1)
    assert delivery.next_attempt_at <= datetime.now(UTC)
    assert delivery.last_error.startswith("abandoned")
    assert Attempt.objects.values_list("number", "outcome", "duration_ms").get() == (1, "abandoned", None)


def test_an_abandoned_attempt_has_the_request_id_of_its_event(heard):
    deliveries = [make_delivery(source=make_event(request_id=given)) for given in ("r-1", None)]
    claim(*deliveries, lease=timedelta(seconds=-1))
    recording.abandon_expired()
    assert {row.delivery_id: row.request_id for row in heard[0][0]} == {deliveries[0].id: "r-1", deliveries[1].id: None}


def test_third_abandoned_attempt_fails_the_delivery():
    delivery = make_delivery()
    for _ in range(3):
        assert claim(delivery, lease=-timedelta(seconds=1))
        recording.abandon_expired()
    delivery.refresh_from_db()
    assert (delivery.status, Attempt.objects.count()) == ("FAILED", 3)


def test_row_that_the_database_refuses_keeps_no_other_from_being_abandoned(monkeypatch):
    bad, others = make_delivery(), [make_delivery() for _ in range(2)]
    for delivery in (bad, *others):
        claim(delivery, lease=-timedelta(seconds=1))
    write = recording._write

    def refusing(batch):
        if bad.id in {finished.row.id for finished in batch}:
            raise DataError("smallint out of range")
        return write(batch)

    monkeypatch.setattr(recording, "_write", refusing)
    assert len(recording.abandon_expired()) == 2
    assert recording.abandon_expired() == []
    assert set(Attempt.objects.values_list("delivery_id", flat=True)) == {each.id for each in others}


def test_abandoning_leaves_the_schedule_of_the_delivery_alone():
    delivery = make_delivery(max_attempts=8)
    claim(delivery, lease=-timedelta(seconds=1))
    recording.abandon_expired()
    delivery.refresh_from_db()
    assert delivery.max_attempts == 8


def test_gone_disables_that_subscription_and_not_its_sibling_on_the_same_url():
    gone, sibling = make_subscription(url="https://r.example/hook"), make_subscription(url="https://r.example/hook")
    delivery, waiting = make_delivery(subscription=gone), make_delivery(subscription=gone)
    (row,) = claim(delivery)
    failure = {"outcome": Outcome.HTTP_4XX, "http_status": 410, "error": "http_4xx: 410 Gone"}
    recording.record([finished(row, RetryDecision("FAILED", disable=True), **failure)])
    for each in (gone, sibling, waiting):
        each.refresh_from_db()
    assert (gone.active, gone.disabled_reason, sibling.active) == (False, "gone", True)
    assert waiting.held == "inactive"


def test_listener_that_fails_costs_neither_the_commit_nor_the_other_listeners(heard):
    def broken(**_signal):
        raise RuntimeError

    attempts_recorded.connect(broken)
    try:
        (row,) = claim(make_delivery())
        assert recording.record([finished(row)])
    finally:
        attempts_recorded.disconnect(broken)
    assert len(heard) == 1


@pytest.fixture
def told_within():
    """What receivers are told of a transaction; the first of them may have an error to raise."""
    told, errors = [], []

    def recorded(rows, **_signal):
        told.append(len(rows))
        if errors:
            raise errors.pop()

    def failed(**_signal):
        told.append("failed")

    attempts_being_recorded.connect(recorded)
    recording_failed.connect(failed)
    yield told, errors
    attempts_being_recorded.disconnect(recorded)
    recording_failed.disconnect(failed)


def test_who_is_told_within_the_transaction_can_undo_it_and_is_told_that_it_failed(told_within, heard):
    told, errors = told_within
    (row,) = claim(make_delivery())
    errors.append(DataError("no such table"))
    with pytest.raises(DataError):
        recording.record([finished(row)])
    assert (told, heard, Attempt.objects.count()) == ([1, "failed"], [], 0)
    recording.record([finished(row)])
    assert (told, len(heard), Attempt.objects.count()) == ([1, "failed", 1], 1, 1)


def test_abandoned_attempts_that_fail_to_be_recorded_are_told_too(told_within):
    told, errors = told_within
    claim(make_delivery(), lease=timedelta(seconds=-60))
    errors.append(DataError("no such table"))
    recording.abandon_expired()
    assert told == [1, "failed", 1]
