"""Attempts of some time ago, with the ids that they would have got then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from tenancy.ids import first_id_at, new_id
from tests.factories import make_attempt, make_delivery, make_subscription
from webhooks.models import Attempt, Subscription


def ago(**time: float) -> datetime:
    """`ago(minutes=3)`."""
    return datetime.now(UTC) - timedelta(**time)


def attempt_at(moment: datetime, subscription: Subscription | None = None, **fields: Any) -> Attempt:
    """Of a delivery of its own, which failed with it or was delivered."""
    status = fields.pop("status", "DELIVERED" if fields.get("outcome", "success") == "success" else "FAILED")
    delivery = make_delivery(subscription or make_subscription(), status=status, attempt_count=1)
    return make_attempt(delivery, id=UUID(int=first_id_at(moment).int | new_id().int % 2**80), **fields)


def failed_at(moment: datetime, subscription: Subscription | None = None, **fields: Any) -> Attempt:
    """Answered 503."""
    values = {"outcome": "http_5xx", "http_status": 503, "error": "http_5xx: 503 Service Unavailable"}
    return attempt_at(moment, subscription, **{**values, **fields})
