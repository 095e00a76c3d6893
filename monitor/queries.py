"""What the pages read from the database: counts of one tenant, bounded and briefly cached."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any
from uuid import UUID

from django.db.models import Count, Min, Q

from monitor import times
from monitor.counted import STEPS, Steps, Whose, count, with_live_steps
from monitor.endpoints import held_deliveries
from monitor.remembering import remembered
from tenancy.ids import first_id_at
from webhooks.models import Attempt, Circuit, CircuitState, Delivery, DeliveryStatus, Subscription, sql
from webhooks.rollups import beginning

RECENT = timedelta(minutes=5)
HOUR = timedelta(hours=1)
# A delivery that finished within the hour is rarely older.
CANDIDATES = timedelta(days=2)
# So many are looked at one by one; a tenant that has more is counted by its attempts, and by whole minutes.
MAX_CANDIDATES = 20_000
SUCCEEDED = "outcome = 'success'"
FAILED_FOR_GOOD = "outcome <> 'success' AND NOT retried"
# Percentiles come from the newest attempts: a busy tenant's five minutes may hold a million.
SAMPLED_ATTEMPTS = 1000


def summary(tenant_id: UUID) -> dict[str, Any]:
    """The key figures of the live page; times as RFC 3339 or None, durations in ms.

    Keys: attempts_5m failed_attempts_5m p50_ms p95_ms retrying next_retry_at failed_1h failed_1h_endpoints
    oldest_pending_at oldest_pending_held held waiting delivered_1h subscriptions now, and open_circuits, each with
    subscription_id, opened_at and held, the newest first.
    """
    return remembered(f"summary:{tenant_id}", lambda: _summary(tenant_id, datetime.now(UTC)))


def _summary(tenant_id: UUID, now: datetime) -> dict[str, Any]:
    return {
        **_attempts(tenant_id, now),
        **_waiting(tenant_id),
        **_finished(tenant_id, now),
        "subscriptions": Subscription.objects.filter(tenant_id=tenant_id).count(),
        "open_circuits": _open_circuits(tenant_id),
        "now": times.text(now),
    }


def _attempts(tenant_id: UUID, now: datetime) -> dict[str, Any]:
    recent = Attempt.objects.filter(tenant_id=tenant_id, id__gte=first_id_at(now - RECENT))
    sample = recent.order_by("-id").values_list("duration_ms", flat=True)[:SAMPLED_ATTEMPTS]
    durations = sorted(duration for duration in sample if duration is not None)
    whose = Whose(tenant_id)
    # To the millisecond, or from the beginning of a minute where there are many.
    steps = with_live_steps(whose, Steps(now - RECENT, now, STEPS[0]))
    attempts, failed = _counted(whose, steps, f"sum(n), sum(CASE WHEN {SUCCEEDED} THEN 0 ELSE n END)")
    return {
        "attempts_5m": attempts,
        "failed_attempts_5m": failed,
        "p50_ms": _percentile(durations, 0.50),
        "p95_ms": _percentile(durations, 0.95),
    }


def backlog(tenant_id: UUID) -> dict[str, Any]:
    """What waits to be delivered: `waiting`, `held` of them, `oldest_pending_at` in ms since 1970 or None."""
    return remembered(f"backlog:{tenant_id}", lambda: _backlog(tenant_id))


def _backlog(tenant_id: UUID) -> dict[str, Any]:
    deliveries = _unfinished(tenant_id)
    counts = deliveries.aggregate(waiting=Count("id"), held=Count("id", filter=Q(hold__isnull=False)))
    oldest = deliveries.order_by("id").values_list("created_at", flat=True).first()
    return {**counts, "oldest_pending_at": None if oldest is None else times.milliseconds(oldest)}


def _unfinished(tenant_id: UUID) -> Any:
    return Delivery.objects.with_hold().filter(
        tenant_id=tenant_id, status__in=(DeliveryStatus.PENDING, DeliveryStatus.RETRYING)
    )


def _open_circuits(tenant_id: UUID) -> list[dict[str, Any]]:
    """Of active subscriptions: what is paused gets nothing anyway."""
    active = Subscription.objects.filter(tenant_id=tenant_id, active=True).values_list("id", flat=True)
    circuits = Circuit.objects.filter(tenant_id=tenant_id, subscription_id__in=active).exclude(
        state=CircuitState.CLOSED
    )
    rows = list(circuits.order_by("-opened_at").values_list("subscription_id", "opened_at"))
    held = held_deliveries(tenant_id) if rows else {}
    return [
        {"subscription_id": str(key), "opened_at": times.text(opened_at), "held": held.get(key, 0)}
        for key, opened_at in rows
    ]


def _waiting(tenant_id: UUID) -> dict[str, Any]:
    waiting = _unfinished(tenant_id)
    counts = waiting.aggregate(
        waiting=Count("id"),
        retrying=Count("id", filter=Q(status=DeliveryStatus.RETRYING, hold=None)),
        on_hold=Count("id", filter=Q(hold__isnull=False)),
        next_retry_at=Min("next_attempt_at", filter=Q(status=DeliveryStatus.RETRYING, hold=None)),
    )
    # By status, or PostgreSQL walks through all that is finished.
    firsts = [
        waiting.filter(status=status).order_by("id").values_list("id", "created_at", "hold").first()
        for status in (DeliveryStatus.PENDING, DeliveryStatus.RETRYING)
    ]
    oldest = min(filter(None, firsts), default=None)
    return {
        "waiting": counts["waiting"],
        "retrying": counts["retrying"],
        "held": counts["on_hold"],
        "next_retry_at": times.text(counts["next_retry_at"]),
        "oldest_pending_at": times.text(oldest[1]) if oldest else None,
        "oldest_pending_held": oldest[2] if oldest else None,
    }


def _finished(tenant_id: UUID, now: datetime) -> dict[str, Any]:
    # updated_at alone has no index.
    candidates = Delivery.objects.filter(tenant_id=tenant_id, id__gte=first_id_at(now - CANDIDATES))
    if candidates.order_by("-id").values_list("id")[MAX_CANDIDATES : MAX_CANDIDATES + 1]:
        return _finished_by_attempts(tenant_id, now)
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


def _finished_by_attempts(tenant_id: UUID, now: datetime) -> dict[str, Any]:
    """An attempt that succeeds ends its delivery, and so does one that fails and is not retried."""
    hour = Steps(beginning(now - HOUR), now, 60)
    subscriptions = tuple(Subscription.objects.filter(tenant_id=tenant_id).values_list("id", flat=True))
    delivered = f"sum(CASE WHEN {SUCCEEDED} THEN n END)"
    failed = f"sum(CASE WHEN {FAILED_FOR_GOOD} THEN n END)"
    failed_by = f"count(DISTINCT CASE WHEN {FAILED_FOR_GOOD} THEN subscription_id END)"
    figures = _counted(Whose(tenant_id), hour, f"{delivered}, {failed}")
    figures += _counted(Whose(tenant_id, subscriptions), hour, failed_by) if subscriptions else [0]
    return dict(zip(("delivered_1h", "failed_1h", "failed_1h_endpoints"), figures, strict=True))


def _counted(whose: Whose, steps: Steps, figures: str) -> list[int]:
    counted, params = count(whose, steps)
    ((*found,),) = sql.rows(f"{counted} SELECT {figures} FROM c", params)
    return [int(figure or 0) for figure in found]


def _percentile(ordered: list[int], fraction: float) -> int | None:
    """The nearest-rank percentile of ascending values."""
    return ordered[ceil(fraction * len(ordered)) - 1] if ordered else None
