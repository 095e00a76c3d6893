"""History is kept for WEBHOOK_HISTORY_DAYS; what is older goes, events with all their deliveries and attempts.

What was counted by minute for the charts is kept for METRICS_HISTORY_DAYS.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction

from tenancy.ids import first_id_at
from tenancy.row_security import of_all_tenants
from webhooks import rollups
from webhooks.models import circuit_states, delivery_states, ordering, pace, sql

logger = structlog.get_logger(__name__)

# Small transactions: a prune must not hold up deliveries, and may be stopped at any point.
EVENTS_AT_ONCE = 500


def prune(now: datetime | None = None) -> int:
    """Delete what is older than the history; returns how many events went. An unfinished delivery keeps its event."""
    now = now or datetime.now(UTC)
    cutoff = now - timedelta(days=settings.WEBHOOK_HISTORY_DAYS)
    last: UUID | None = UUID(int=0)
    pruned = 0
    while last:
        last, count = prune_some(last, first_id_at(cutoff))
        pruned += count
    with of_all_tenants():
        circuit_states.forget_openings(cutoff)
    while rollups.forget(now):
        pass
    logger.info("history_pruned", events=pruned, before=cutoff.isoformat())
    return pruned


def settle_orphans(now: datetime | None = None) -> None:
    """Cancel what waits for deleted subscriptions, and forget what was noted about them as they went."""
    now = now or datetime.now(UTC)
    with of_all_tenants():
        delivery_states.cancel_orphans(now)
        circuit_states.forget_orphans(now)
        pace.forget_orphans()


def prune_some(after: UUID, before: UUID) -> tuple[UUID | None, int]:
    """Prune among the next events between two ids: the last one that was looked at, if any, and how many went."""
    with transaction.atomic(), of_all_tenants():
        return _prune_some(after, before)


def _prune_some(after: UUID, before: UUID) -> tuple[UUID | None, int]:
    events = sql.rows(
        # Locked, so that no replay adds a delivery to an event that is about to go.
        f"SELECT id, tenant_id, entity_id FROM webhook_events WHERE id > %s AND id < %s ORDER BY id LIMIT %s"
        f" {sql.skip_locked()}",
        [after, before, EVENTS_AT_ONCE],
    )
    if not events:
        return None, 0
    among, ids = sql.among([sql.as_uuid(event[0]) for event in events])
    unfinished = sql.rows(
        f"SELECT event_id FROM webhook_deliveries WHERE event_id {among}"
        " AND status IN ('PENDING', 'RETRYING', 'DELIVERING')",
        ids,
    )
    kept = {row[0] for row in unfinished}
    old = [event for event in events if event[0] not in kept]
    if old:
        among, ids = sql.among([sql.as_uuid(event[0]) for event in old])
        sql.execute(
            "DELETE FROM webhook_attempts WHERE delivery_id IN"
            f" (SELECT id FROM webhook_deliveries WHERE event_id {among})",
            ids,
        )
        sql.execute(f"DELETE FROM webhook_deliveries WHERE event_id {among}", ids)
        sql.execute(f"DELETE FROM webhook_events WHERE id {among}", ids)
        ordering.forget({(sql.as_uuid(tenant_id), entity_id) for _, tenant_id, entity_id in old if entity_id})
    return sql.as_uuid(events[-1][0]), len(old)
