"""What the delivery engine tells the rest of the process. Logs, metrics and the feed subscribe; none decides anything.

`attempts_being_recorded`
    sent as the last thing inside of the transaction that records them, in the recorder's thread, with
    `rows: list[RecordedAttempt]`. What a receiver raises undoes the transaction, and the batch is tried again.
`recording_failed`
    sent in the same thread when that transaction did not end by a commit that is known of: it was undone, or nobody
    can tell. The attempts are recorded again, perhaps by another thread.
`attempts_recorded`
    sent after the commit that recorded them, in the recorder's thread, with `rows: list[RecordedAttempt]` and
    `late: int`, how many outcomes of the batch came after their lease had been taken away and were not recorded.
    A receiver must be quick and must not block: it counts, writes or hands over.
`deliveries_ended`
    sent after the commit that ended deliveries without an attempt (cancelled, or expired while they were held), with
    their `status` and `n`, how many.
"""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.dispatch import Signal


class RecordedAttempt(NamedTuple):
    """One finished attempt and where it left its delivery. Times are seconds since the epoch."""

    tenant_id: UUID
    delivery_id: UUID
    event_id: UUID
    subscription_id: UUID
    event: str  # "payment.received"
    number: int  # from 1
    max_attempts: int
    outcome: str  # webhooks.engine.outcome.Outcome
    http_status: int | None
    duration_ms: int | None  # None for `abandoned`: nobody saw the end
    started_at: float
    status: str  # the delivery's status after this attempt
    held: str | None
    error: str | None
    next_attempt_at: float | None
    request_id: str | None = None  # of the request that published the event


attempts_being_recorded = Signal()
attempts_recorded = Signal()
recording_failed = Signal()
deliveries_ended = Signal()


def ended(status: str, n: int) -> None:
    """Deliveries end in this transaction, without an attempt."""
    if n:
        transaction.on_commit(lambda: deliveries_ended.send(sender=None, status=status, n=n))
