"""Attempts of a span of time, read from the history: the rows of the feed, with the feed's filter.

Who asks for deliveries that wait or were cancelled gets those without any attempt, too: they stand where they were
published, as attempt 0.

A page of them is bounded by what is looked at and not by what is found, so that a filter that finds nothing costs no
more than one that finds much; whoever asks goes on from the cursor.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from heapq import merge
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import QuerySet

from monitor.feed.filtering import Filter
from monitor.feed.frames import FIELDS, MAX_ERROR_CHARACTERS, Row
from monitor.times import milliseconds
from tenancy.ids import first_id_at, moment_of
from webhooks.engine.outcome import Outcome
from webhooks.models import Attempt, Circuit, CircuitState, Delivery, DeliveryStatus
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
# What may be so before the first attempt. A FAILED one expired while it was held.
_UNTRIED = frozenset({
    DeliveryStatus.PENDING, DeliveryStatus.DELIVERING, DeliveryStatus.CANCELLED, DeliveryStatus.FAILED,
})  # fmt: skip
_UNTRIED_COLUMNS = (
    "id", "max_attempts", "event", "subscription_id", "created_at", "last_error", "status", "held", "next_attempt_at",
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
    rows = _attempts(tenant_id, span, broken)
    if untried := sorted(_UNTRIED & wanted.wanted.status):
        rows = merge(rows, _untried(tenant_id, span, untried, broken), key=_id, reverse=True)
    for id_, row in rows:
        examined, last = examined + 1, id_
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


def _id(numbered: tuple[UUID, Row]) -> UUID:
    return numbered[0]


def _attempts(tenant_id: UUID, span: Span, broken: Collection[UUID]) -> Iterator[tuple[UUID, Row]]:
    rows = Attempt.objects.filter(tenant_id=tenant_id).values_list(*_COLUMNS)
    return ((record[0], _row(record, broken)) for record in _newest_first(rows, span))


def _untried(
    tenant_id: UUID, span: Span, statuses: Sequence[str], broken: Collection[UUID]
) -> Iterator[tuple[UUID, Row]]:
    """Each status for itself: the index that knows them, `delivery_by_status`, is in the order of ids for one only."""
    rows = Delivery.objects.filter(tenant_id=tenant_id, attempt_count=0).values_list(*_UNTRIED_COLUMNS)
    found = [_newest_first(rows.filter(status=status), span) for status in statuses]
    records = merge(*found, key=lambda record: record[0], reverse=True)
    return ((record[0], _untried_row(record, broken)) for record in records)


def _newest_first(rows: QuerySet[Any, Any], span: Span) -> Iterator[tuple[Any, ...]]:
    rows = rows.filter(id__gte=first_id_at(span.since), id__lt=first_id_at(span.until)).order_by("-id")
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
    elif number == count and status in (DeliveryStatus.FAILED, DeliveryStatus.CANCELLED):
        left = DeliveryStatus(status)
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


def _untried_row(record: tuple[Any, ...], broken: Collection[UUID]) -> Row:
    delivery_id, most, event, subscription_id, created_at, error, status, held, next_at = record
    held = held or (Held.CIRCUIT.value if status in WAITING and subscription_id in broken else None)
    return [
        None,
        str(delivery_id),
        0,
        most,
        event,
        str(subscription_id),
        "",
        None,
        None,
        milliseconds(created_at),
        status,
        held,
        error and error[:MAX_ERROR_CHARACTERS],
        milliseconds(next_at) if next_at and held is None else None,
    ]
