"""Every state change of a delivery, one verb each: a guarded UPDATE that returns the rows it won.

Raw SQL because the ORM has no RETURNING on update and `bulk_update` costs 945 µs a row where this costs about 20.
All of them are safe to run twice and by several workers at once: whoever comes second wins no row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from webhooks import signals
from webhooks.models import sql

# Spelled exactly like the condition of the index `delivery_due`, or PostgreSQL would not use it.
DUE_ROWS = "status IN ('PENDING', 'RETRYING') AND held IS NULL"
_WAITING_ROWS = "status IN ('PENDING', 'RETRYING')"
# Hops from one subscription with waiting rows to the next through the index `delivery_due`: 200,000 rows of one cost
# one hop. Ends with a row of NULL.
_BACKLOG = f"""
    WITH RECURSIVE backlog AS (
        SELECT subscription_id FROM (SELECT subscription_id FROM webhook_deliveries WHERE {DUE_ROWS}
                                     ORDER BY subscription_id LIMIT 1) AS first_one
        UNION ALL
        SELECT (SELECT w.subscription_id FROM webhook_deliveries w
                WHERE {DUE_ROWS} AND w.subscription_id > b.subscription_id
                ORDER BY w.subscription_id LIMIT 1)
        FROM backlog b WHERE b.subscription_id IS NOT NULL)"""
# The circuit of the subscription `s` is closed, or never opened.
_CIRCUIT_CLOSED = """NOT EXISTS (SELECT 1 FROM webhook_circuits c
                                 WHERE c.subscription_id = s.id AND c.state <> 'closed')"""
_CLAIMED = "id, tenant_id, subscription_id, event_id, event, attempt_count, abandoned_count, max_attempts, order_key"


class DueDelivery(NamedTuple):
    """A waiting delivery, found in the table. `due` is when its next attempt may start."""

    id: UUID
    subscription_id: UUID
    tenant_id: UUID
    due: datetime


class Lease(NamedTuple):
    """Who claims, from when, and until when the outcome must be settled."""

    token: UUID
    begins_at: datetime
    expires_at: datetime


class ClaimedDelivery(NamedTuple):
    """A delivery this worker may now attempt; `attempt` is the number of that attempt, from 1."""

    id: UUID
    tenant_id: UUID
    subscription_id: UUID
    event_id: UUID
    event: str
    attempt: int
    abandoned_count: int
    max_attempts: int
    order_key: str | None  # of the order that it is in, if any
    lease_token: UUID


class Settlement(NamedTuple):
    """Where an attempt leaves its delivery."""

    id: UUID
    lease_token: UUID
    status: str
    max_attempts: int
    abandoned: int  # 1 when the attempt was abandoned, else 0
    next_attempt_at: datetime | None
    last_error: str | None
    http_status: int | None
    delivered_at: datetime | None


_SETTLEMENT_TYPES = ("uuid", "uuid", "text", "smallint", "smallint", "timestamptz", "text", "smallint", "timestamptz")


def claim(ids: Sequence[UUID], lease: Lease) -> list[ClaimedDelivery]:
    """Reserve the next attempt of those of `ids` that are due and not held, by a circuit or otherwise."""
    if not ids:
        return []
    among, params = sql.among(ids)
    return _claim(
        f"""SELECT d.id FROM webhook_deliveries d
            JOIN webhook_subscriptions s ON s.id = d.subscription_id AND s.active
            WHERE d.id {among} AND {DUE_ROWS} AND d.next_attempt_at <= %s AND {_CIRCUIT_CLOSED}
            {sql.skip_locked("OF d")}""",
        [*params, lease.begins_at],
        lease,
    )


def claim_next(counts: Mapping[UUID, int], lease: Lease, *, probing: bool = False) -> list[ClaimedDelivery]:
    """Reserve the next attempt of up to so many rows of each subscription: those that are due first.

    `probing`: of subscriptions whose circuit is half-open.
    """
    won = []
    for count in sorted({count for count in counts.values() if count}):
        subscriptions = [subscription_id for subscription_id, wanted in counts.items() if wanted == count]
        due_first, params = _due_first(subscriptions, count, lease.begins_at, probing)
        won += _claim(due_first, params, lease)
    return won


def _due_first(subscriptions: Sequence[UUID], count: int, now: datetime, probing: bool) -> tuple[str, list[Any]]:
    first_rows = f"""SELECT d.id FROM webhook_deliveries d
                     WHERE d.subscription_id = s.id AND {DUE_ROWS} AND d.next_attempt_at <= %s
                     ORDER BY d.next_attempt_at LIMIT %s {sql.skip_locked()}"""
    among, ids = sql.among(subscriptions)
    sendable = "s.active" if probing else f"s.active AND {_CIRCUIT_CLOSED}"
    if sql.is_postgresql():
        statement = f"""SELECT due.id FROM webhook_subscriptions s CROSS JOIN LATERAL ({first_rows}) due
                        WHERE s.id {among} AND {sendable}"""
        return statement, [now, count, *ids]
    # SQLite has no LATERAL, but lets a subquery see the row around it.
    statement = f"""SELECT w.id FROM webhook_subscriptions s JOIN webhook_deliveries w ON w.id IN ({first_rows})
                    WHERE s.id {among} AND {sendable}"""
    return statement, [now, count, *ids]


def _claim(chosen: str, params: Sequence[Any], lease: Lease) -> list[ClaimedDelivery]:
    won = sql.rows(
        f"""UPDATE webhook_deliveries
            SET status = 'DELIVERING', attempt_count = attempt_count + 1, next_attempt_at = NULL,
                lease_token = %s, lease_expires_at = %s, updated_at = %s
            WHERE id IN ({chosen}) RETURNING {_CLAIMED}""",
        [lease.token, lease.expires_at, lease.begins_at, *params],
    )
    return [_claimed(row, lease.token) for row in won]


def _claimed(row: Sequence[Any], lease_token: UUID) -> ClaimedDelivery:
    """Of a row whose first columns are those of `_CLAIMED`."""
    return ClaimedDelivery._make([*map(sql.as_uuid, row[:4]), *row[4:9], lease_token])


def settle(settlements: Sequence[Settlement], now: datetime) -> set[UUID]:
    """Apply what the attempts led to. Ids missing from the answer lost their lease: their outcome came too late."""
    if not settlements:
        return set()
    settled, params = sql.relation(settlements, _SETTLEMENT_TYPES)
    won = sql.rows(
        f"""UPDATE webhook_deliveries
            SET status = o.column3, max_attempts = o.column4, abandoned_count = abandoned_count + o.column5,
                next_attempt_at = o.column6, last_error = o.column7, http_status = o.column8,
                delivered_at = o.column9, lease_token = NULL, updated_at = %s
            FROM {settled}
            WHERE webhook_deliveries.id = o.column1 AND webhook_deliveries.lease_token = o.column2
              AND webhook_deliveries.status = 'DELIVERING'
            RETURNING id""",
        [now, *params],
    )
    return {sql.as_uuid(row[0]) for row in won}


def subscriptions_due(until: datetime, saturated: Sequence[UUID] = ()) -> list[UUID]:
    """Active subscriptions, but for those that are `saturated`, of which something falls due by `until`; in order."""
    skip = f"AND s.id NOT IN ({sql.placeholders(len(saturated))})" if saturated else ""
    found = sql.rows(
        f"""{_BACKLOG}
            SELECT b.subscription_id
            FROM backlog b JOIN webhook_subscriptions s ON s.id = b.subscription_id AND s.active {skip}
                AND {_CIRCUIT_CLOSED}
            WHERE EXISTS (SELECT 1 FROM webhook_deliveries w
                          WHERE w.subscription_id = b.subscription_id AND {DUE_ROWS} AND w.next_attempt_at <= %s)""",
        [*saturated, until],
    )
    return sorted(sql.as_uuid(row[0]) for row in found)


def due(subscriptions: Sequence[UUID], until: datetime, per_subscription: int) -> list[DueDelivery]:
    """Up to `per_subscription` rows of each that fall due by `until`, those that are due first."""
    first_rows = f"""SELECT w.id, w.subscription_id, w.tenant_id, w.next_attempt_at FROM webhook_deliveries w
                     WHERE w.subscription_id = s.id AND {DUE_ROWS} AND w.next_attempt_at <= %s
                     ORDER BY w.next_attempt_at LIMIT %s"""
    if sql.is_postgresql():
        join = f"CROSS JOIN LATERAL ({first_rows}) d"
    else:  # SQLite has no LATERAL
        join = f"JOIN webhook_deliveries d ON d.id IN (SELECT id FROM ({first_rows}))"
    among, ids = sql.among(subscriptions)
    found = sql.rows(
        f"""SELECT d.id, d.subscription_id, d.tenant_id, d.next_attempt_at FROM webhook_subscriptions s {join}
            WHERE s.id {among}""",
        [until, per_subscription, *ids],
    )
    return [DueDelivery._make([*map(sql.as_uuid, row[:3]), sql.as_time(row[3])]) for row in found]


def expired_ids(now: datetime, limit: int = 500) -> list[UUID]:
    """Deliveries whose worker let the lease run out, the longest ago first."""
    found = sql.rows(
        """SELECT id FROM webhook_deliveries WHERE status = 'DELIVERING' AND lease_expires_at < %s
           ORDER BY lease_expires_at LIMIT %s""",
        [now, limit],
    )
    return [sql.as_uuid(row[0]) for row in found]


def expired(ids: Sequence[UUID], now: datetime) -> list[tuple[ClaimedDelivery, datetime, str | None]]:
    """Those of the deliveries whose lease ran out, locked, each with the time the lease ended and the event's request.

    Call it in the transaction that settles them with outcome `abandoned`.
    """
    if not ids:
        return []
    among, params = sql.among(ids)
    found = sql.rows(
        f"""SELECT {_CLAIMED}, lease_token, lease_expires_at,
                   (SELECT e.request_id FROM webhook_events e WHERE e.id = webhook_deliveries.event_id)
            FROM webhook_deliveries
            WHERE id {among} AND status = 'DELIVERING' AND lease_token IS NOT NULL AND lease_expires_at < %s
            ORDER BY id {sql.skip_locked()}""",
        [*params, now],
    )
    return [(_claimed(row, sql.as_uuid(row[9])), sql.as_time(row[10]), row[11]) for row in found]


def make_due(delivery_id: UUID, now: datetime) -> bool:
    """Bring a waiting delivery forward to now. False when it no longer waits."""
    return bool(
        sql.rows(
            f"UPDATE webhook_deliveries SET next_attempt_at = %s, updated_at = %s WHERE id = %s AND {_WAITING_ROWS} "
            "RETURNING id",
            [now, now, delivery_id],
        )
    )


def cancel(delivery_id: UUID, now: datetime) -> bool:
    """Give up a waiting delivery. False when it no longer waits."""
    return bool(_cancel("id = %s", [delivery_id], now))


def cancel_waiting_of(subscription_id: UUID, now: datetime) -> int:
    """Give up everything that waits for a subscription; returns how many."""
    return _cancel("subscription_id = %s", [subscription_id], now)


def _cancel(which: str, params: Sequence[Any], now: datetime) -> int:
    cancelled = sql.rows(
        "UPDATE webhook_deliveries SET status = 'CANCELLED', held = NULL, next_attempt_at = NULL, updated_at = %s "
        f"WHERE {_WAITING_ROWS} AND {which} RETURNING id",
        [now, *params],
    )
    signals.ended("CANCELLED", len(cancelled))
    return len(cancelled)


def hold_waiting_of(subscription_id: UUID, now: datetime) -> int:
    """Hold everything that waits for an inactive subscription; returns how many."""
    return len(
        sql.rows(
            "UPDATE webhook_deliveries SET held = 'inactive', updated_at = %s "
            f"WHERE subscription_id = %s AND {DUE_ROWS} RETURNING id",
            [now, subscription_id],
        )
    )


def release_waiting_of(subscription_id: UUID, now: datetime) -> int:
    """Let go what `hold_waiting_of` held; returns how many."""
    return len(
        sql.rows(
            "UPDATE webhook_deliveries SET held = NULL, updated_at = %s "
            f"WHERE subscription_id = %s AND {_WAITING_ROWS} AND held = 'inactive' RETURNING id",
            [now, subscription_id],
        )
    )


def settle_strays(now: datetime) -> tuple[int, int]:
    """Hold or cancel due rows whose subscription was disabled or deleted while they were published or in flight.

    Returns how many were held and how many cancelled. An inactive subscription stays so meanwhile: enabling it must
    find what is held here.
    """
    held = sql.rows(
        f"""{_BACKLOG}
            UPDATE webhook_deliveries SET held = 'inactive', updated_at = %s WHERE {DUE_ROWS}
            AND subscription_id IN (SELECT id FROM webhook_subscriptions WHERE NOT active
                                    AND id IN (SELECT subscription_id FROM backlog) {sql.share_locked()})
            RETURNING id""",
        [now],
    )
    cancelled = sql.rows(
        f"""{_BACKLOG}
            UPDATE webhook_deliveries SET status = 'CANCELLED', next_attempt_at = NULL, updated_at = %s
            WHERE {DUE_ROWS} AND subscription_id IN (
                SELECT b.subscription_id FROM backlog b WHERE NOT EXISTS (
                    SELECT 1 FROM webhook_subscriptions s WHERE s.id = b.subscription_id))
            RETURNING id""",
        [now],
    )
    signals.ended("CANCELLED", len(cancelled))
    return len(held), len(cancelled)


def cancel_orphans(now: datetime) -> int:
    """Give up every waiting row of a deleted subscription, held ones too; returns how many.

    Reads all deliveries: what `settle_strays` cannot find by its index is rare, and can wait for the night.
    """
    gone = "NOT EXISTS (SELECT 1 FROM webhook_subscriptions s WHERE s.id = webhook_deliveries.subscription_id)"
    return _cancel(gone, [], now)
