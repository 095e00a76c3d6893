"""Attempts of workers that are gone: recorded, and never logged. Any worker finds them and has the log say so."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import structlog

from monitor.feed.log import FeedLog, Lost
from monitor.feed.metrics import feed_metrics
from webhooks.models import sql

logger = structlog.get_logger(__name__)

# A writer that lives touches its rows every `journal.TOUCH_SECONDS`.
AGE = timedelta(seconds=60)
WRITERS_AT_ONCE = 10


class Orphan(NamedTuple):
    """A row of the journal whose writer is gone; for each tenant the attempts and the writer's count with them."""

    id: UUID
    writer: str
    tenants: dict[UUID, tuple[int, int]]


def find(own: str, now: datetime | None = None) -> list[Orphan]:
    """All rows of some writers that are gone. `own` writer is not: it has only been kept from touching its rows."""
    # Not some rows of a writer: what the log has of it is compared in the order of its counts.
    found = sql.rows(
        """SELECT id, writer, tenants FROM webhook_feed_journal WHERE writer IN (
               SELECT writer FROM webhook_feed_journal WHERE writer <> %s
               GROUP BY writer HAVING max(touched_at) < %s ORDER BY writer LIMIT %s)""",
        [own, (now or datetime.now(UTC)) - AGE, WRITERS_AT_ONCE],
    )
    return [Orphan(sql.as_uuid(id_), writer, _tenants(tenants)) for id_, writer, tenants in found]


def _tenants(value: Any) -> dict[UUID, tuple[int, int]]:
    found = json.loads(value) if isinstance(value, str) else value
    return {UUID(tenant_id): (n, through) for tenant_id, (n, through) in found.items()}


def forget(orphans: list[Orphan]) -> None:
    """Delete their rows."""
    among, params = sql.among([orphan.id for orphan in orphans])
    sql.execute(f"DELETE FROM webhook_feed_journal WHERE id {among}", params)


async def announce(log: FeedLog, in_thread: Callable[..., Awaitable[Any]], own: str) -> None:
    """Have the log say what it never got. Raises FeedLogUnavailableError; what was not announced stays.

    Two workers may do it at once, and one may end in the middle: the log adds nothing twice.
    """
    orphans: list[Orphan] = await in_thread(find, own)
    if not orphans:
        return
    parts: dict[tuple[UUID, str], list[tuple[int, int]]] = defaultdict(list)
    for orphan in orphans:
        for tenant_id, (n, through) in orphan.tenants.items():
            parts[tenant_id, orphan.writer].append((through, n))
    attempts = 0
    for (tenant_id, writer), counts in parts.items():
        attempts += await log.add_unlogged(tenant_id, Lost(writer, tuple(sorted(counts))))
    await in_thread(forget, orphans)
    feed_metrics().unlogged.inc(attempts)
    if attempts:
        logger.warning("feed_attempts_unlogged", attempts=attempts, tenants=len({tenant_id for tenant_id, _ in parts}))
