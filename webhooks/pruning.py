"""History is kept for WEBHOOK_HISTORY_DAYS; what is older goes, events with all their deliveries and attempts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction

from tenancy.ids import first_id_at
from webhooks.models import Attempt, Delivery, Event, delivery_states
from webhooks.models.delivery import FINAL

logger = structlog.get_logger(__name__)

# Small transactions: a prune must not hold up deliveries, and may be stopped at any point.
EVENTS_AT_ONCE = 500


def prune(now: datetime | None = None) -> int:
    """Delete what is older than the history; returns how many events went. An unfinished delivery keeps its event."""
    now = now or datetime.now(UTC)
    cutoff = now - timedelta(days=settings.WEBHOOK_HISTORY_DAYS)
    delivery_states.cancel_orphans(now)
    unfinished = Delivery.objects.exclude(status__in=FINAL).values("source_id")
    pruned = 0
    while True:
        with transaction.atomic():
            old = Event.objects.filter(id__lt=first_id_at(cutoff)).exclude(id__in=unfinished).order_by("id")
            batch = list(old.values_list("id", flat=True)[:EVENTS_AT_ONCE])
            Attempt.objects.filter(delivery__source_id__in=batch).delete()
            Delivery.objects.filter(source_id__in=batch).delete()
            Event.objects.filter(id__in=batch).delete()
        pruned += len(batch)
        if len(batch) < EVENTS_AT_ONCE:
            logger.info("history_pruned", events=pruned, before=cutoff.isoformat())
            return pruned
