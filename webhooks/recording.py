"""Recording: a batch of finished attempts becomes rows, moved deliveries and one signal, in one commit."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import structlog
from django.conf import settings
from django.db import DataError, IntegrityError, transaction

from tenancy.ids import new_id
from tenancy.row_security import of_all_tenants
from webhooks import disabling, publishing
from webhooks.claiming import LEASE_MARGIN
from webhooks.engine import circuit
from webhooks.engine.outcome import AttemptResult, Outcome
from webhooks.engine.retry import RetryDecision, decide
from webhooks.models import circuit_states, delivery_states, ordering, sql
from webhooks.models.circuit_states import Tally
from webhooks.models.delivery_states import ClaimedDelivery, Settlement
from webhooks.signals import RecordedAttempt, attempts_being_recorded, attempts_recorded, recording_failed

logger = structlog.get_logger(__name__)

# What is in a row cannot be stored; ValueError is the driver's word for text that is no Unicode.
REFUSED = (DataError, IntegrityError, ValueError)


class Finished(NamedTuple):
    """One attempt that ended, what was decided, and when the next one may start (seconds since the epoch)."""

    row: ClaimedDelivery
    result: AttemptResult
    decision: RetryDecision
    max_attempts: int
    next_attempt_at: float | None
    probe: bool = False  # decides about the subscription's circuit
    sent: bool = True  # False: nothing could be sent, which says nothing about the receiver
    request_id: str | None = None  # of the request that published the event


class Recorded(NamedTuple):
    """What a batch came to, and the circuits that changed by it."""

    rows: list[RecordedAttempt]
    opened: list[UUID]
    closed: list[UUID]


_ATTEMPT_COLUMNS = {
    "id": "uuid", "tenant_id": "uuid", "delivery_id": "uuid", "number": "smallint", "started_at": "timestamptz",
    "duration_ms": "integer", "http_status": "smallint", "outcome": "text", "error": "text", "request_headers": "jsonb",
    "response_headers": "jsonb", "response_body": "text", "timings": "jsonb", "request_bytes": "integer",
    "response_bytes": "integer", "response_truncated": "boolean",
}  # fmt: skip


def record(batch: Sequence[Finished]) -> list[RecordedAttempt]:
    """Commit a batch of attempts of a worker, then tell the subscribers of `attempts_recorded`.

    A finished attempt whose lease was taken away meanwhile is counted as late and left out; it fails nothing else.
    """
    with _recording():
        recorded = _write(batch)
    _tell(recorded, late=len(batch) - len(recorded.rows))
    return recorded.rows


def abandon_expired(now: datetime | None = None) -> list[RecordedAttempt]:
    """Record an `abandoned` attempt for some deliveries whose lease ran out, and let them be retried at once.

    Returns them; none are left when there are none. One that the database refuses keeps no other from it.
    """
    now = now or datetime.now(UTC)
    with of_all_tenants():
        ids = delivery_states.expired_ids(now)
    try:
        return _abandon(ids, now)
    except REFUSED:
        rows = []
        for delivery_id in ids:
            try:
                rows += _abandon([delivery_id], now)
            except REFUSED as exc:
                logger.error("abandoned_refused", delivery_id=str(delivery_id), error=repr(exc))
        return rows


def _abandon(ids: Sequence[UUID], now: datetime) -> list[RecordedAttempt]:
    with _recording():
        expired = delivery_states.expired(ids, now)
        recorded = _write([_abandoned(*each, now) for each in expired])
    _tell(recorded, late=0)
    return recorded.rows


@contextmanager
def _recording() -> Iterator[None]:
    """One transaction. Who was told of its attempts is told when it fails."""
    try:
        with transaction.atomic(), of_all_tenants():
            yield
    except BaseException:
        recording_failed.send_robust(sender=None)
        raise


def _tell(recorded: Recorded, late: int) -> None:
    for event, subscriptions in (("circuit_opened", recorded.opened), ("circuit_closed", recorded.closed)):
        for subscription_id in subscriptions:
            logger.warning(event, subscription=str(subscription_id))
    if recorded.rows or late:
        attempts_recorded.send_robust(sender=None, rows=recorded.rows, late=late)


def _abandoned(row: ClaimedDelivery, lease_end: datetime, request_id: str | None, now: datetime) -> Finished:
    started = lease_end - timedelta(seconds=settings.WEBHOOK_TIMEOUT) - LEASE_MARGIN
    result = AttemptResult(
        outcome=Outcome.ABANDONED,
        http_status=None,
        error="abandoned: the worker stopped before it recorded an outcome",
        started_at=started.timestamp(),
        duration_ms=None,
        request_headers={},
        response_headers={},
        response_body="",
        response_truncated=False,
        retry_after=None,
    )
    decision = decide(
        outcome=Outcome.ABANDONED, http_status=None, retries_spent=0, schedule=(), abandoned_count=row.abandoned_count
    )
    retried_at = now.timestamp() if decision.status == "RETRYING" else None
    return Finished(row, result, decision, row.max_attempts, retried_at, request_id=request_id)


def _write(batch: Sequence[Finished]) -> Recorded:
    if not batch:
        return Recorded([], [], [])
    now = datetime.now(UTC)
    won = delivery_states.settle([_settlement(finished, now) for finished in batch], now)
    kept = [finished for finished in batch if finished.row.id in won]
    sql.insert("webhook_attempts", _ATTEMPT_COLUMNS, [_attempt_row(finished) for finished in kept])
    # In one order, so that two workers do not wait for each other.
    for subscription_id in sorted({finished.row.subscription_id for finished in kept if finished.decision.disable}):
        # A receiver that answers 410 wants no more: its subscription stops, others with the same URL go on.
        disabling.disable(subscription_id, "gone", now)
    _let_the_next_go(kept, now)
    opened, closed = _settle_circuits(kept, now)
    failing = {finished.row.subscription_id for finished in kept if finished.decision.status == "RETRYING"}
    held = circuit_states.not_closed(failing)
    recorded = Recorded([_recorded(finished, held) for finished in kept], opened, closed)
    if recorded.rows:
        attempts_being_recorded.send(sender=None, rows=recorded.rows)
    return recorded


def _let_the_next_go(kept: Sequence[Finished], now: datetime) -> None:
    """What ended was the first of its entity for some subscription: the next one is due."""
    ended = [
        (finished.row.subscription_id, finished.row.order_key)
        for finished in kept
        if finished.row.order_key is not None and finished.decision.status != "RETRYING"
    ]
    if ended:
        publishing.wake_released(ordering.release_next(ended, now), now)


def _settle_circuits(kept: Sequence[Finished], now: datetime) -> tuple[list[UUID], list[UUID]]:
    """Count the attempts and let the counts and the probes decide; returns which circuits opened and which closed."""
    if not settings.WEBHOOK_CIRCUIT_BREAKER:
        return [], []
    tallies: dict[UUID, Tally] = {}
    for finished in kept:
        row, result = finished.row, finished.result
        if finished.sent and circuit.counts(result.outcome):
            tenant_id, attempts, failed = tallies.get(row.subscription_id, (row.tenant_id, 0, 0))
            failed += result.outcome is not Outcome.SUCCESS
            tallies[row.subscription_id] = Tally(tenant_id, attempts + 1, failed)
    circuit_states.count(tallies, now)
    probes = {finished.row.subscription_id: _says(finished) for finished in kept if finished.probe}
    closed = circuit_states.settle_probes(probes, now)
    return circuit_states.open_failing(tallies, now), closed


def _says(finished: Finished) -> bool | None:
    """Whether the receiver is well, as far as the attempt tells."""
    outcome = finished.result.outcome
    return outcome is Outcome.SUCCESS if finished.sent and circuit.counts(outcome) else None


def _settlement(finished: Finished, now: datetime) -> Settlement:
    result, decision = finished.result, finished.decision
    return Settlement(
        id=finished.row.id,
        lease_token=finished.row.lease_token,
        status=decision.status,
        max_attempts=finished.max_attempts,
        abandoned=int(result.outcome is Outcome.ABANDONED),
        next_attempt_at=_time(finished.next_attempt_at),
        last_error=result.error,
        http_status=result.http_status,
        delivered_at=now if decision.status == "DELIVERED" else None,
    )


def _attempt_row(finished: Finished) -> tuple[object, ...]:
    row, result = finished.row, finished.result
    return (
        new_id(),
        row.tenant_id,
        row.id,
        row.attempt,
        _time(result.started_at),
        result.duration_ms,
        result.http_status,
        str(result.outcome),
        result.error,
        result.request_headers,
        result.response_headers,
        result.response_body,
        result.timings,
        result.request_bytes,
        result.response_bytes,
        result.response_truncated,
    )


def _recorded(finished: Finished, held: Container[UUID]) -> RecordedAttempt:
    row, result = finished.row, finished.result
    return RecordedAttempt(
        tenant_id=row.tenant_id,
        delivery_id=row.id,
        event_id=row.event_id,
        subscription_id=row.subscription_id,
        event=row.event,
        number=row.attempt,
        max_attempts=finished.max_attempts,
        outcome=str(result.outcome),
        http_status=result.http_status,
        duration_ms=result.duration_ms,
        started_at=result.started_at,
        status=finished.decision.status,
        held="circuit" if finished.decision.status == "RETRYING" and row.subscription_id in held else None,
        error=result.error,
        next_attempt_at=finished.next_attempt_at,
        request_id=finished.request_id,
    )


def _time(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
