"""Where the figures of an interval come from: counted minutes and, for what is not final yet, the attempts themselves.

`count` puts both together as one relation `c`. What is read of either is bounded: the longer the steps of a chart, the
longer the intervals that are read for it, and of the attempts no more than `LIVE_ATTEMPTS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any, NamedTuple
from uuid import UUID

from monitor import times
from tenancy.ids import first_id_at, moment_of
from webhooks import rollups
from webhooks.metrics.attempts import DURATION_BUCKETS
from webhooks.models import sql
from webhooks.rollups import MINUTE, beginning

# More of a tenant's newest attempts are never counted one by one; what is older comes from the minutes as last counted.
LIVE_ATTEMPTS = 10_000
# Ids are of whole milliseconds: what was stored in the present one has happened.
ROUND_UP = timedelta(microseconds=999)
MAX_STEPS = 240
STEPS = (15, 60, 120, 300, 600, 1800, 3600, 7200, 14_400)  # seconds
FOREVER_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class Whose(NamedTuple):
    """Attempts of a tenant, of some of its subscriptions, or (`ALL`) of all tenants."""

    tenant_id: UUID
    subscriptions: tuple[UUID, ...] | None = None

    @property
    def everybody(self) -> bool:
        return self.tenant_id == rollups.ALL


class Steps(NamedTuple):
    """Equal steps of a chart, aligned to whole multiples of their length. The last one may still be going on."""

    since: datetime
    until: datetime
    seconds: int

    @property
    def at(self) -> list[datetime]:
        """The beginning of each."""
        count = ceil((self.until - self.since).total_seconds() / self.seconds)
        return [self.since + timedelta(seconds=self.seconds * number) for number in range(count)]


class _Piece(NamedTuple):
    """An interval, and how long the intervals are that are read for it: so many minutes, 0 for attempts."""

    minutes: int
    begin: datetime
    end: datetime


def steps_of(since: datetime, until: datetime, now: datetime, shortest: int = STEPS[0]) -> Steps:
    """The shortest steps that cover it, at most MAX_STEPS."""
    if since < now - rollups.MINUTES_KEPT:
        shortest = 60 * min(rollups.LONGER)
    for seconds in STEPS:
        begin = times.floor(since, seconds)
        if seconds >= shortest and (until - begin).total_seconds() <= MAX_STEPS * seconds:
            break
    return Steps(begin, min(now, times.floor(until + timedelta(seconds=seconds, microseconds=-1), seconds)), seconds)


def with_live_steps(whose: Whose, steps: Steps) -> Steps:
    """The same, with steps of whole minutes where there are too many attempts for shorter ones."""
    if steps.seconds >= 60 or _bounded_from(whose, steps.since, steps.until) <= steps.since:
        return steps
    return Steps(beginning(steps.since), steps.until, 60)


def count(whose: Whose, steps: Steps) -> tuple[str, list[Any]]:
    """`WITH c AS (…)` and its parameters; the columns of `c` are

    step (from 1), subscription_id, outcome, http_status, retried, bucket, n, last_id
    """
    branches, params = [], []
    for piece in _pieces(whose, steps):
        if piece.begin < piece.end:
            statement, values = _attempts(whose, steps, piece) if not piece.minutes else _rollups(whose, steps, piece)
            branches.append(statement)
            params += values
    return f"WITH c AS ({' UNION ALL '.join(branches)})", params


def _pieces(whose: Whose, steps: Steps) -> list[_Piece]:
    state = rollups.state() or rollups.State(FOREVER_AGO, FOREVER_AGO)
    live_from = steps.since
    if steps.seconds >= 60:
        live_from = max(steps.since, beginning(state.counted_until - rollups.SEEN_AFTER))
        if live_from < steps.until:
            live_from = _bounded_from(whose, live_from, steps.until)
    pieces = []
    begin = steps.since
    for minutes in (*reversed(rollups.LONGER), 1):
        if steps.seconds % (60 * minutes) == 0:
            end = min(steps.until, beginning(state.final_until, minutes) if minutes > 1 else live_from)
            pieces.append(_Piece(minutes, begin, end))
            begin = max(begin, end)
    return [*pieces, _Piece(0, begin, steps.until)]


def _bounded_from(whose: Whose, wanted: datetime, until: datetime) -> datetime:
    """`wanted`, or the first whole minute after it from which there are few enough attempts."""
    mine, params = ("", []) if whose.everybody else ("tenant_id = %s AND", [whose.tenant_id])
    found = sql.rows(
        f"SELECT id FROM webhook_attempts WHERE {mine} id >= %s AND id < %s ORDER BY id DESC LIMIT 1 OFFSET %s",
        [*params, first_id_at(wanted), first_id_at(until), LIVE_ATTEMPTS],
    )
    return beginning(moment_of(sql.as_uuid(found[0][0]))) + MINUTE if found else wanted


def _rollups(whose: Whose, steps: Steps, piece: _Piece) -> tuple[str, list[Any]]:
    among, ids = sql.among([rollups.ALL] if whose.subscriptions is None else whose.subscriptions)
    step, edges = sql.how_many_up_to("at", steps.at, "timestamptz")
    return (
        f"""SELECT {step} AS step, subscription_id, outcome, http_status, retried, bucket, n, last_id
            FROM webhook_minutes
            WHERE tenant_id = %s AND subscription_id {among} AND minutes = {piece.minutes} AND at >= %s AND at < %s""",
        [*edges, whose.tenant_id, *ids, piece.begin, piece.end],
    )


def _attempts(whose: Whose, steps: Steps, piece: _Piece) -> tuple[str, list[Any]]:
    step, edges = sql.how_many_up_to("a.id", [first_id_at(at) for at in steps.at], "uuid")
    bucket, above = rollups.bucket_of("a.duration_ms")
    mine, owner = ("", []) if whose.everybody else ("AND a.tenant_id = %s", [whose.tenant_id])
    ids: list[Any] = []
    between = [first_id_at(piece.begin), first_id_at(piece.end + ROUND_UP)]
    if whose.subscriptions is None:
        # Few attempts fail: only their deliveries are looked at, each by its id. A join would read all deliveries.
        subscription = "a.tenant_id"  # nobody asks whose they were
        retried = f"""(a.outcome <> 'success'
                       AND (SELECT {rollups.RETRIED} FROM webhook_deliveries d WHERE d.id = a.delivery_id))"""
        deliveries, among = "", ""
    else:
        subscription, retried = "d.subscription_id", rollups.RETRIED
        deliveries = "JOIN webhook_deliveries d ON d.id = a.delivery_id"
        is_one, ids = sql.among(whose.subscriptions)
        among = f"AND d.subscription_id {is_one}"
    return (
        f"""SELECT {step} AS step, {subscription} AS subscription_id, a.outcome, a.http_status, {retried} AS retried,
                   {bucket} AS bucket, 1 AS n, a.id AS last_id
            FROM webhook_attempts a {deliveries}
            WHERE a.id >= %s AND a.id < %s {mine} {among}""",
        [*edges, *above, *between, *owner, *ids],
    )


def percentile(buckets: Mapping[int, int], fraction: float) -> int | None:
    """In ms, of attempts by duration bucket: linear within a bucket, as Prometheus does; None without any.

    What took longer than the last edge counts as that edge.
    """
    edges = [0.0, *DURATION_BUCKETS]
    left = fraction * sum(buckets.values())
    for bucket, n in sorted(buckets.items()):
        if n and left <= n:
            if bucket >= len(DURATION_BUCKETS):
                break
            lower, upper = edges[bucket], edges[bucket + 1]
            return round(1000 * (lower + (upper - lower) * left / n))
        left -= n
    return round(1000 * edges[-1]) if buckets else None
