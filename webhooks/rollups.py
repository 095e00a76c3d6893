"""Attempts counted by minute, and the backlog once a minute: what charts read, so that nobody reads the attempts.

Counted from the attempts that are stored, by their ids, a whole minute at a time and over again until it is final:
whatever is killed in between, nothing is lost and nothing is counted twice. Intervals of 10 and 60 minutes are added up
from final ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import transaction

from tenancy.ids import first_id_at, moment_of
from tenancy.row_security import of_all_tenants
from webhooks.metrics.attempts import DURATION_BUCKETS
from webhooks.models import sql

MINUTE = timedelta(minutes=1)
# Unfinished minutes are counted anew this often, by whichever worker comes first.
EVERY = timedelta(seconds=20)
# An attempt's id is made within the transaction that stores it, which takes seconds at the very most.
FINAL_AFTER = timedelta(seconds=90)
# Nearly all are seen this long after their id was made.
SEEN_AFTER = timedelta(seconds=10)
# What was stored before the first pass ever made is counted so far back.
FIRST_PASS = timedelta(days=1)
# One transaction of one pass.
MINUTES_AT_ONCE = 10
# Minutes of the longer intervals, each a multiple of the one before.
LONGER = (10, 60)
# Single minutes are kept so long: of few attempts they are as many rows. Charts of what was before have longer steps.
MINUTES_KEPT = timedelta(days=2)
# Instead of a tenant's or subscription's id: all of them together.
ALL = UUID(int=0)

# Whether the attempt `a` left its delivery `d` RETRYING. A further attempt tells, and without one what became of the
# delivery: only what waits can be cancelled, or expire while a circuit holds it.
RETRIED = """(a.outcome <> 'success' AND (d.attempt_count > a.number OR d.status IN ('RETRYING', 'CANCELLED')
              OR (d.status = 'FAILED' AND COALESCE(d.last_error, '') = 'expired')))"""
# Durations are whole milliseconds, and an edge belongs to the bucket below it.
_ABOVE_EDGES = [int(edge * 1000) + 1 for edge in DURATION_BUCKETS]
_COLUMNS = "tenant_id, subscription_id, at, minutes, outcome, http_status, retried, bucket, n, last_id"
_HELD = "(d.status <> 'DELIVERING' AND (d.held IS NOT NULL OR c.state IS NOT NULL))"
BACKLOG_COLUMNS = f"""count(*), count(CASE WHEN d.status = 'RETRYING' AND NOT {_HELD} THEN 1 END),
    count(CASE WHEN {_HELD} THEN 1 END), min(CASE WHEN d.status <> 'DELIVERING' THEN d.created_at END)"""
# The statuses are spelled out so that the index `delivery_by_status` is known to hold them all.
BACKLOG_ROWS = """webhook_deliveries d
    LEFT JOIN webhook_circuits c ON c.subscription_id = d.subscription_id AND c.state <> 'closed'
    WHERE d.tenant_id = %s AND d.status IN ('PENDING', 'RETRYING', 'DELIVERING')"""


class State(NamedTuple):
    """As in `RollupState`."""

    final_until: datetime
    counted_until: datetime


def state() -> State | None:
    """How far the rollup is; None before the first pass."""
    return _state("")


def bucket_of(column: str) -> tuple[str, list[int]]:
    """The duration bucket of a column of milliseconds, as SQL and its parameters."""
    return sql.how_many_up_to(column, _ABOVE_EDGES, "integer")


def beginning(moment: datetime, minutes: int = 1) -> datetime:
    """Of the interval that the moment is in."""
    seconds = 60 * minutes
    return datetime.fromtimestamp(moment.timestamp() // seconds * seconds, UTC)


def catch_up(now: datetime | None = None) -> int:
    """Count what is to be counted, in steps; returns how many were taken."""
    steps = 1
    while advance(now):
        steps += 1
    return steps


def advance(now: datetime | None = None) -> bool:
    """One step in a transaction of its own, unless a worker is at it or was just now. Whether more is to be done."""
    now = now or datetime.now(UTC)
    with transaction.atomic(), of_all_tenants():
        final = beginning(now - FINAL_AFTER)
        before = _take(now, final)
        if before is None:
            return False
        begin = _first_with_attempts(before.final_until, final)
        end = min(begin + MINUTES_AT_ONCE * MINUTE, beginning(now) + MINUTE)
        minutes = [begin + MINUTE * number for number in range((end - begin) // MINUTE)]
        for minute in minutes:
            # Between the two there is nothing new, as good as always: it is counted once more when it is final.
            if minute < final or minute + MINUTE > before.counted_until - SEEN_AFTER:
                _count(minute)
        after = State(min(end, final), min(end, now))
        for width in LONGER:
            _add_up(width, [before.final_until - MINUTE, *minutes], before.final_until, after.final_until)
        _sample_backlog(beginning(now))
        sql.execute(
            "UPDATE webhook_rollup_state SET final_until = %s, counted_until = %s WHERE id = 1",
            [after.final_until, after.counted_until],
        )
    return after.counted_until < now


def forget(now: datetime, limit: int = 5000) -> int:
    """Delete some of what is over its age, in a transaction of its own; returns how many rows."""
    history = now - timedelta(days=settings.METRICS_HISTORY_DAYS)
    with transaction.atomic(), of_all_tenants():
        count = _forget("webhook_backlog", "at < %s", history, limit)
        for width in (1, *LONGER):
            before = max(history, now - MINUTES_KEPT) if width == 1 else history
            count += _forget("webhook_minutes", f"minutes = {width} AND at < %s", before, limit)
    return count


def _forget(table: str, which: str, before: datetime, limit: int) -> int:
    first = f"SELECT id FROM {table} WHERE {which} ORDER BY at LIMIT %s"
    return len(sql.rows(f"DELETE FROM {table} WHERE id IN ({first}) RETURNING id", [before, limit]))


def _state(lock: str) -> State | None:
    found = sql.rows(f"SELECT final_until, counted_until FROM webhook_rollup_state WHERE id = 1 {lock}")
    return State(*map(sql.as_time, found[0])) if found else None


def _take(now: datetime, final: datetime) -> State | None:
    """The state, locked; None when there is nothing to do for this worker."""
    found = _state(sql.skip_locked())
    if found is None:
        first = beginning(now - FIRST_PASS, max(LONGER))
        won = sql.rows(
            """INSERT INTO webhook_rollup_state (id, final_until, counted_until) VALUES (1, %s, %s)
               ON CONFLICT (id) DO NOTHING RETURNING id""",
            [first, first],
        )
        return State(first, first) if won else None
    if now - EVERY < found.counted_until < now + EVERY:
        return None
    # A clock that was ahead has left a state from the future.
    return found if found.counted_until < now else State(min(found.final_until, final), final)


def _first_with_attempts(begin: datetime, final: datetime) -> datetime:
    """The first minute from `begin` that has attempts, or `final`: hours without any are skipped."""
    found = sql.rows("SELECT id FROM webhook_attempts WHERE id >= %s ORDER BY id LIMIT 1", [first_id_at(begin)])
    if not found:
        return final
    return max(begin, min(final, beginning(moment_of(sql.as_uuid(found[0][0])))))


def _count(minute: datetime) -> None:
    sql.execute("DELETE FROM webhook_minutes WHERE at = %s AND minutes = 1", [minute])
    bucket, edges = bucket_of("a.duration_ms")
    sql.execute(
        f"""INSERT INTO webhook_minutes ({_COLUMNS})
            SELECT a.tenant_id, d.subscription_id, %s, 1, a.outcome, a.http_status, {RETRIED} AS retried,
                   {bucket} AS bucket, count(*), {sql.newest("a.id")}
            FROM webhook_attempts a JOIN webhook_deliveries d ON d.id = a.delivery_id
            WHERE a.id >= %s AND a.id < %s
            GROUP BY 1, 2, a.outcome, a.http_status, 7, 8""",
        [minute, *edges, first_id_at(minute), first_id_at(minute + MINUTE)],
    )
    # All subscriptions of each tenant together, then all tenants.
    _sum_up(minute, "tenant_id, %s", "tenant_id")
    _sum_up(minute, "%s, subscription_id", "subscription_id")


def _sum_up(minute: datetime, ids: str, by: str) -> None:
    among = "subscription_id <> %s" if by == "tenant_id" else "subscription_id = %s"
    sql.execute(
        f"""INSERT INTO webhook_minutes ({_COLUMNS})
            SELECT {ids}, at, minutes, outcome, http_status, retried, bucket, sum(n), {sql.newest("last_id")}
            FROM webhook_minutes WHERE at = %s AND minutes = 1 AND {among}
            GROUP BY {by}, at, minutes, outcome, http_status, retried, bucket""",
        [ALL, minute, ALL],
    )


def _add_up(width: int, minutes: Iterable[datetime], final_before: datetime, final_now: datetime) -> None:
    """The intervals of these minutes that have become final, from the next shorter ones."""
    shorter = max((each for each in LONGER if each < width), default=1)
    for begin in sorted({beginning(minute, width) for minute in minutes}):
        end = begin + width * MINUTE
        if not final_before < end <= final_now:
            continue
        sql.execute("DELETE FROM webhook_minutes WHERE at = %s AND minutes = %s", [begin, width])
        sql.execute(
            f"""INSERT INTO webhook_minutes ({_COLUMNS})
                SELECT tenant_id, subscription_id, %s, %s, outcome, http_status, retried, bucket, sum(n),
                       {sql.newest("last_id")}
                FROM webhook_minutes WHERE at >= %s AND at < %s AND minutes = %s
                GROUP BY tenant_id, subscription_id, outcome, http_status, retried, bucket""",
            [begin, width, begin, end, shorter],
        )


def _sample_backlog(at: datetime) -> None:
    if sql.rows("SELECT id FROM webhook_backlog WHERE tenant_id = %s AND at = %s", [ALL, at]):
        return
    for (tenant_id,) in sql.rows("SELECT DISTINCT tenant_id FROM webhook_subscriptions"):
        sql.execute(
            f"""INSERT INTO webhook_backlog (tenant_id, at, waiting, retrying, held, oldest_pending_at)
                SELECT %s, %s, {BACKLOG_COLUMNS} FROM {BACKLOG_ROWS}""",
            [sql.as_uuid(tenant_id), at, sql.as_uuid(tenant_id)],
        )
    sql.execute(
        """INSERT INTO webhook_backlog (tenant_id, at, waiting, retrying, held, oldest_pending_at)
           SELECT %s, %s, COALESCE(sum(waiting), 0), COALESCE(sum(retrying), 0), COALESCE(sum(held), 0),
                  min(oldest_pending_at)
           FROM webhook_backlog WHERE at = %s""",
        [ALL, at, at],
    )
