"""Attempts of a span of time, read from the history: the rows of the feed, with the feed's filter.

A page of them is bounded by what is looked at and not by what is found, so that a filter that finds nothing costs no
more than one that finds much; whoever asks goes on from the cursor.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from monitor.feed.filtering import Filter
from monitor.feed.frames import FIELDS, MAX_ERROR_CHARACTERS, Row
from monitor.times import milliseconds
from tenancy.ids import first_id_at, moment_of
from webhooks.engine.outcome import Outcome
from webhooks.models import Attempt, Circuit, CircuitState, DeliveryStatus
from webhooks.models.delivery import WAITING, Held

READ_AT_ONCE = 2_000
# What one call looks at: a fraction of a second.
MOST_EXAMINED = 20_000
MOST_ROWS = 500
_COLUMNS = (
    "id", "delivery_id", "number", "delivery__max_attempts", "delivery__event", "delivery__subscription_id",
    "outcome", "http_status", "duration_ms", "started_at", "error",
    "delivery__status", "delivery__attempt_count", "delivery__held", "delivery__next_attempt_at",
)  # fmt: skip


class Span(NamedTuple):
    """Attempts recorded at or after `since` and before `until`; `cursor`: only those before this one."""

    since: datetime
    until: datetime
    cursor: UUID | None


def attempts(tenant_id: UUID, span: Span, wanted: Filter) -> dict[str, Any]:
    """A page of a tenant's attempts, newest first.

    `fields` and `rows` are the feed's (docs/protocol.md); `seq` is null, `status` and `held` are the delivery's now
    where it was its last attempt. `examined` attempts were looked at, back to `reached` (ms since the epoch);
    `next_cursor` is null when that is all.
    """
    found: list[Row] = []
    broken = _broken(tenant_id)
    examined, last = 0, None
    for record in _newest_first(tenant_id, span):
        examined, last = examined + 1, record[0]
        row = _row(record, broken)
        if wanted.matches(row):
            found.append(row)
        if examined == MOST_EXAMINED or len(found) == MOST_ROWS:
            break
    else:
        last = None
    return {
        "fields": FIELDS,
        "rows": found,
        "examined": examined,
        "reached": milliseconds(span.since if last is None else moment_of(last)),
        "next_cursor": None if last is None else str(last),
    }


def _newest_first(tenant_id: UUID, span: Span) -> Iterator[tuple[Any, ...]]:
    rows = Attempt.objects.filter(tenant_id=tenant_id, id__gte=first_id_at(span.since), id__lt=first_id_at(span.until))
    rows = rows.order_by("-id").values_list(*_COLUMNS)
    before = span.cursor
    while True:
        records: list[Any] = list((rows.filter(id__lt=before) if before else rows)[:READ_AT_ONCE])
        yield from records
        if len(records) < READ_AT_ONCE:
            return
        before = records[-1][0]


def _broken(tenant_id: UUID) -> set[UUID]:
    """Subscriptions whose circuit holds what waits for them."""
    circuits = Circuit.objects.filter(tenant_id=tenant_id).exclude(state=CircuitState.CLOSED)
    return set(circuits.values_list("subscription_id", flat=True))


def _row(record: tuple[Any, ...], broken: Collection[UUID]) -> Row:
    _, delivery_id, number, most, event, subscription_id, outcome, code, duration, started_at, error, *now = record
    status, count, held, next_at = now
    if outcome == Outcome.SUCCESS:
        left = DeliveryStatus.DELIVERED
    elif number == count and status == DeliveryStatus.FAILED:
        left = DeliveryStatus.FAILED
    else:
        left = DeliveryStatus.RETRYING
    waits = left == DeliveryStatus.RETRYING and number == count and status in WAITING
    held = (held or (Held.CIRCUIT.value if subscription_id in broken else None)) if waits else None
    due = next_at if waits and held is None else None
    return [
        None,
        str(delivery_id),
        number,
        most,
        event,
        str(subscription_id),
        outcome,
        code,
        duration,
        milliseconds(started_at),
        left.value,
        held,
        error and error[:MAX_ERROR_CHARACTERS],
        due and milliseconds(due),
    ]
