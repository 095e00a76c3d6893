"""Every state change of a circuit, and the counts that it opens by. Raw SQL like `delivery_states`, for its reasons.

The counts are rows, so that all workers add to the same ones, and they are committed with the attempts they count.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from webhooks import signals
from webhooks.engine import circuit
from webhooks.models import sql
from webhooks.models.delivery_states import DUE_ROWS, ClaimedDelivery, Lease, claim_next

BUCKET = timedelta(seconds=5)
# Counts are kept a little longer than the window that looks at them.
KEPT = timedelta(minutes=10)


# What is told of the openings a delivery lived through: the newest.
MAX_OPENINGS = 100


class Opening(NamedTuple):
    """A time in which a circuit was not closed; `closed_at` is None while it is."""

    opened_at: datetime
    closed_at: datetime | None


class Tally(NamedTuple):
    """Attempts of a subscription that ended, and how many of them failed."""

    tenant_id: UUID
    attempts: int
    failed: int


def count(tallies: Mapping[UUID, Tally], now: datetime) -> None:
    """Add to the counts of the present interval."""
    if not tallies:
        return
    seconds = BUCKET.total_seconds()
    begin = datetime.fromtimestamp(now.timestamp() // seconds * seconds, UTC)
    # In one order, so that two workers do not wait for each other.
    rows = [(tally.tenant_id, key, begin, tally.attempts, tally.failed) for key, tally in sorted(tallies.items())]
    added, params = sql.relation(rows, ("uuid", "uuid", "timestamptz", "int", "int"))
    sql.execute(
        f"""INSERT INTO webhook_attempt_counts AS c (tenant_id, subscription_id, at, attempts, failed)
            SELECT column1, column2, column3, column4, column5 FROM {added} WHERE true
            ON CONFLICT (subscription_id, at) DO UPDATE
            SET attempts = c.attempts + excluded.attempts, failed = c.failed + excluded.failed""",
        params,
    )


def open_failing(tallies: Mapping[UUID, Tally], now: datetime) -> list[UUID]:
    """Open the circuits of those that failed too often within the window; returns which were opened just now.

    What failed before a circuit closed does not open it again.
    """
    failing = [key for key, tally in tallies.items() if tally.failed]
    if not failing:
        return []
    among, ids = sql.among(failing)
    counted = sql.rows(
        f"""SELECT n.tenant_id, n.subscription_id, sum(n.attempts), sum(n.failed) FROM webhook_attempt_counts n
            LEFT JOIN webhook_circuits c ON c.subscription_id = n.subscription_id
            WHERE n.subscription_id {among} AND n.at > %s AND (c.closed_at IS NULL OR n.at >= c.closed_at)
              AND (c.state IS NULL OR c.state = 'closed')
            GROUP BY n.tenant_id, n.subscription_id""",
        [*ids, now - circuit.WINDOW - BUCKET],
    )
    opened = []
    for tenant_id, subscription_id, attempts, failed in counted:
        if circuit.opens(int(attempts), int(failed)):
            opened += _open(sql.as_uuid(tenant_id), sql.as_uuid(subscription_id), now)
    return opened


def _open(tenant_id: UUID, subscription_id: UUID, now: datetime) -> list[UUID]:
    first = circuit.FIRST_WAIT
    known = sql.rows(
        "SELECT wait, closed_at FROM webhook_circuits WHERE subscription_id = %s AND state = 'closed'",
        [subscription_id],
    )
    if known and known[0][1] is not None and now - sql.as_time(known[0][1]) < circuit.RELAPSE:
        first = circuit.next_wait(sql.as_duration(known[0][0]))
    won = sql.rows(
        """INSERT INTO webhook_circuits AS c
               (subscription_id, tenant_id, state, opened_at, closed_at, failed_at, wait, probe_at)
           VALUES (%s, %s, 'open', %s, NULL, %s, %s, %s)
           ON CONFLICT (subscription_id) DO UPDATE
           SET state = 'open', opened_at = excluded.opened_at, closed_at = NULL, failed_at = excluded.failed_at,
               wait = excluded.wait, probe_at = excluded.probe_at
           WHERE c.state = 'closed' RETURNING subscription_id""",
        [subscription_id, tenant_id, now, now, first, now + first],
    )
    if won:
        sql.execute(
            "INSERT INTO webhook_circuit_openings (tenant_id, subscription_id, opened_at) VALUES (%s, %s, %s)",
            [tenant_id, subscription_id, now],
        )
    return [sql.as_uuid(row[0]) for row in won]


def _note_closed(which: str, params: Sequence[Any], now: datetime) -> None:
    sql.execute(
        f"UPDATE webhook_circuit_openings SET closed_at = %s WHERE closed_at IS NULL AND {which}", [now, *params]
    )


def openings(subscription_id: UUID, since: datetime, until: datetime) -> list[Opening]:
    """When the circuit was not closed between two moments, oldest first; of more than MAX_OPENINGS the newest."""
    found = sql.rows(
        """SELECT opened_at, closed_at FROM webhook_circuit_openings
           WHERE subscription_id = %s AND opened_at < %s AND (closed_at IS NULL OR closed_at > %s)
           ORDER BY opened_at DESC LIMIT %s""",
        [subscription_id, until, since, MAX_OPENINGS],
    )
    return [Opening(sql.as_time(begin), sql.as_time(end) if end else None) for begin, end in reversed(found)]


def not_closed(among_ids: Collection[UUID]) -> set[UUID]:
    """Which of these subscriptions have an open or half-open circuit."""
    if not among_ids:
        return set()
    among, ids = sql.among(list(among_ids))
    found = sql.rows(
        f"SELECT subscription_id FROM webhook_circuits WHERE subscription_id {among} AND state <> 'closed'", ids
    )
    return {sql.as_uuid(row[0]) for row in found}


def claim_probes(lease: Lease, limit: int = 50) -> list[ClaimedDelivery]:
    """Let one delivery through of each circuit whose wait is over. A probe whose worker died is given up in time."""
    won = sql.rows(
        f"""UPDATE webhook_circuits SET state = 'half_open', probe_at = %s
            WHERE subscription_id IN (
                SELECT c.subscription_id FROM webhook_circuits c
                JOIN webhook_subscriptions s ON s.id = c.subscription_id AND s.active
                WHERE c.state <> 'closed' AND c.probe_at <= %s AND EXISTS (
                    SELECT 1 FROM webhook_deliveries d
                    WHERE d.subscription_id = c.subscription_id AND {DUE_ROWS} AND d.next_attempt_at <= %s)
                LIMIT %s {sql.skip_locked("OF c")})
            RETURNING subscription_id""",
        [lease.expires_at, lease.begins_at, lease.begins_at, limit],
    )
    return claim_next({sql.as_uuid(row[0]): 1 for row in won}, lease, probing=True)


def settle_probes(outcomes: Mapping[UUID, bool | None], now: datetime) -> list[UUID]:
    """Close the circuits whose probe succeeded, open the others again for longer; returns which were closed.

    A probe that says nothing about the receiver (None) changes nothing: the next one goes out after the same wait.
    """
    closed = []
    for subscription_id, succeeded in sorted(outcomes.items()):
        found = sql.rows(
            f"""SELECT wait FROM webhook_circuits WHERE subscription_id = %s AND state = 'half_open'
                {sql.for_update()}""",
            [subscription_id],
        )
        if not found:
            continue
        if succeeded:
            sql.execute(
                "UPDATE webhook_circuits SET state = 'closed', closed_at = %s WHERE subscription_id = %s",
                [now, subscription_id],
            )
            _note_closed("subscription_id = %s", [subscription_id], now)
            closed.append(subscription_id)
            continue
        last = sql.as_duration(found[0][0])
        wait = last if succeeded is None else circuit.next_wait(last)
        sql.execute(
            "UPDATE webhook_circuits SET state = 'open', wait = %s, probe_at = %s WHERE subscription_id = %s",
            [wait, now + wait, subscription_id],
        )
        if succeeded is False:
            sql.execute("UPDATE webhook_circuits SET failed_at = %s WHERE subscription_id = %s", [now, subscription_id])
    return closed


def begin_anew(subscription_id: UUID, now: datetime) -> None:
    """The URL was changed: whatever was found out about the old one, the new one is tried at once."""
    sql.execute(
        "UPDATE webhook_circuits SET state = 'open', probe_at = %s WHERE subscription_id = %s AND state <> 'closed'",
        [now, subscription_id],
    )


def probe_now(subscription_id: UUID, now: datetime) -> None:
    """Somebody asks for an attempt: an open circuit waits no longer."""
    sql.execute(
        "UPDATE webhook_circuits SET probe_at = %s WHERE subscription_id = %s AND state = 'open' AND probe_at > %s",
        [now, subscription_id, now],
    )


def close_all(now: datetime) -> None:
    """The breaker was turned off: what it opened before must not stay so, since nobody probes any more."""
    sql.execute("UPDATE webhook_circuits SET state = 'closed', closed_at = %s WHERE state <> 'closed'", [now])
    _note_closed("true", [], now)


def closed_since(moment: datetime) -> list[tuple[UUID, datetime]]:
    """Subscriptions whose circuit closed after `moment`, and when it did."""
    found = sql.rows(
        "SELECT subscription_id, closed_at FROM webhook_circuits WHERE state = 'closed' AND closed_at > %s", [moment]
    )
    return [(sql.as_uuid(row[0]), sql.as_time(row[1])) for row in found]


def expire_held(now: datetime, limit: int = 500) -> int:
    """Fail what a circuit has held for MAX_HELD; returns how many.

    Only when the receiver was found failing after all that time: while its subscription was inactive or no worker ran,
    nobody tried.
    """
    longest = now - circuit.MAX_HELD
    candidates = sql.rows(
        """SELECT c.subscription_id, c.opened_at, c.failed_at, s.active_since
           FROM webhook_circuits c JOIN webhook_subscriptions s ON s.id = c.subscription_id AND s.active
           WHERE c.state = 'open' AND c.opened_at < %s AND s.active_since < %s""",
        [longest, longest],
    )
    expired = 0
    for subscription_id, opened_at, failed_at, active_since in candidates:
        held_before = sql.as_time(failed_at) - circuit.MAX_HELD
        if held_before <= max(sql.as_time(opened_at), sql.as_time(active_since)):
            continue
        expired += len(
            sql.rows(
                f"""UPDATE webhook_deliveries SET status = 'FAILED', last_error = 'expired', next_attempt_at = NULL,
                        updated_at = %s
                    WHERE id IN (
                        SELECT d.id FROM webhook_deliveries d
                        WHERE d.subscription_id = %s AND {DUE_ROWS} AND d.next_attempt_at < %s
                        LIMIT %s {sql.skip_locked("OF d")})
                    RETURNING id""",
                [now, subscription_id, held_before, limit],
            )
        )
    signals.ended("FAILED", expired)
    return expired


def forget(subscription_id: UUID, now: datetime) -> None:
    """The subscription was deleted. What its circuit held once stays told with its deliveries."""
    sql.execute("DELETE FROM webhook_circuits WHERE subscription_id = %s", [subscription_id])
    _note_closed("subscription_id = %s", [subscription_id], now)


def forget_orphans(now: datetime) -> None:
    """What a last attempt recorded after its subscription was deleted."""
    gone = "NOT EXISTS (SELECT 1 FROM webhook_subscriptions s WHERE s.id = subscription_id)"
    sql.execute(f"DELETE FROM webhook_circuits WHERE {gone}")
    _note_closed(gone, [], now)


def forget_openings(before: datetime) -> None:
    """Those that ended before any delivery that is kept."""
    sql.execute("DELETE FROM webhook_circuit_openings WHERE closed_at < %s", [before])


def tidy(now: datetime) -> None:
    """What is to be done now and then: fail what was held too long, forget counts that no window looks at any more."""
    expire_held(now)
    sql.execute("DELETE FROM webhook_attempt_counts WHERE at < %s", [now - KEPT])
