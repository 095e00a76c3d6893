"""What the pages read from the database: counts of one tenant, bounded and briefly cached."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.db.models import Count, Min, Q

from tenancy.ids import first_id_at
from webhooks.engine.outcome import Outcome
from webhooks.models import Attempt, Delivery, DeliveryStatus, Subscription

RECENT = timedelta(minutes=5)
HOUR = timedelta(hours=1)
# Percentiles come from the newest attempts: a busy tenant's five minutes may hold a million.
SAMPLED_ATTEMPTS = 1000
CACHE_SECONDS = 1.5


def summary(tenant_id: UUID) -> dict[str, Any]:
    """The key figures of the live page; times as RFC 3339 or None, durations in ms.

    Keys: attempts_5m failed_attempts_5m p50_ms p95_ms retrying next_retry_at failed_1h failed_1h_endpoints
    oldest_pending_at oldest_pending_held held waiting delivered_1h subscriptions now.
    """
    key = f"summary:{tenant_id}"
    figures: dict[str, Any] | None = cache.get(key)
    if figures is None:
        now = datetime.now(UTC)
        figures = {**_attempts(tenant_id, now), **_waiting(tenant_id), **_finished(tenant_id, now), "now": _text(now)}
        figures["subscriptions"] = Subscription.objects.filter(tenant_id=tenant_id).count()
        cache.set(key, figures, CACHE_SECONDS)
    return figures


def _attempts(tenant_id: UUID, now: datetime) -> dict[str, Any]:
    recent = Attempt.objects.filter(tenant_id=tenant_id, id__gte=first_id_at(now - RECENT))
    counts = recent.aggregate(all=Count("id"), failed=Count("id", filter=~Q(outcome=Outcome.SUCCESS)))
    sample = recent.order_by("-id").values_list("duration_ms", flat=True)[:SAMPLED_ATTEMPTS]
    durations = sorted(duration for duration in sample if duration is not None)
    return {
        "attempts_5m": counts["all"],
        "failed_attempts_5m": counts["failed"],
        "p50_ms": _percentile(durations, 0.50),
        "p95_ms": _percentile(durations, 0.95),
    }


def _waiting(tenant_id: UUID) -> dict[str, Any]:
    waiting = Delivery.objects.with_hold().filter(
        tenant_id=tenant_id, status__in=(DeliveryStatus.PENDING, DeliveryStatus.RETRYING)
    )
    counts = waiting.aggregate(
        waiting=Count("id"),
        retrying=Count("id", filter=Q(status=DeliveryStatus.RETRYING, hold=None)),
        on_hold=Count("id", filter=Q(hold__isnull=False)),
        next_retry_at=Min("next_attempt_at", filter=Q(status=DeliveryStatus.RETRYING, hold=None)),
    )
    oldest = waiting.order_by("id").values_list("created_at", "hold").first()
    return {
        "waiting": counts["waiting"],
        "retrying": counts["retrying"],
        "held": counts["on_hold"],
        "next_retry_at": _text(counts["next_retry_at"]),
        "oldest_pending_at": _text(oldest[0]) if oldest else None,
        "oldest_pending_held": oldest[1] if oldest else None,
    }


def _finished(tenant_id: UUID, now: datetime) -> dict[str, Any]:
    # updated_at alone has no index; a delivery that finished within the hour is rarely older than two days.
    candidates = Delivery.objects.filter(tenant_id=tenant_id, id__gte=first_id_at(now - timedelta(days=2)))
    last_hour = candidates.filter(updated_at__gte=now - HOUR)
    failed = Q(status=DeliveryStatus.FAILED)
    counts = last_hour.aggregate(
        delivered=Count("id", filter=Q(status=DeliveryStatus.DELIVERED)),
        failed=Count("id", filter=failed),
        endpoints=Count("subscription_id", filter=failed, distinct=True),
    )
    return {
        "delivered_1h": counts["delivered"],
        "failed_1h": counts["failed"],
        "failed_1h_endpoints": counts["endpoints"],
    }


def _percentile(ordered: list[int], fraction: float) -> int | None:
    """The nearest-rank percentile of ascending values."""
    return ordered[ceil(fraction * len(ordered)) - 1] if ordered else None


def _text(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
