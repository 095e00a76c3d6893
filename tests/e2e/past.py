"""Attempts of the past, written into an installation's database: by a process of its own, `manage.py shell -c`."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from tenancy.ids import first_id_at, new_id
from tests.factories import make_event
from webhooks.models import Attempt, Delivery, Subscription

APART = timedelta(seconds=1)
FAILED_EVERY = 4


def write(subscription_id: str, runs: Sequence[tuple[str, int, float]]) -> None:
    """Each run is (event type, attempts, seconds since its newest). Every fourth attempt failed, the others arrived."""
    subscription, now = Subscription.objects.get(id=subscription_id), datetime.now(UTC)
    for event, number, ago in runs:
        source = make_event(tenant_id=subscription.tenant_id, type=event)
        ends = [now - timedelta(seconds=ago) - step * APART for step in range(number)]
        outcomes = ["http_5xx" if step % FAILED_EVERY == 0 else "success" for step in range(number)]
        deliveries = [delivery(subscription, source, *each) for each in zip(ends, outcomes, strict=True)]
        Delivery.objects.bulk_create(deliveries)
        Attempt.objects.bulk_create(map(attempt, deliveries))
    json.dump({}, sys.stdout)


def id_at(moment: datetime) -> UUID:
    return UUID(int=first_id_at(moment).int | new_id().int % 2**76)


def delivery(subscription: Subscription, source: Any, at: datetime, outcome: str) -> Delivery:
    arrived = outcome == "success"
    return Delivery(
        id=id_at(at),
        tenant_id=subscription.tenant_id,
        subscription=subscription,
        source=source,
        event=source.type,
        status="DELIVERED" if arrived else "FAILED",
        attempt_count=1,
        max_attempts=1,
        http_status=200 if arrived else 503,
        last_error=None if arrived else "http_5xx: 503 Service Unavailable",
        created_at=at,
        updated_at=at,
        delivered_at=at if arrived else None,
    )


def attempt(of: Delivery) -> Attempt:
    return Attempt(
        id=id_at(of.created_at),
        tenant_id=of.tenant_id,
        delivery=of,
        number=1,
        started_at=of.created_at,
        duration_ms=12,
        http_status=of.http_status,
        outcome="success" if of.delivered_at else "http_5xx",
        error=of.last_error,
    )
