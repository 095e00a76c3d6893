"""Attempts and frames for the feed's tests, without a database."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import orjson

from monitor.feed import frames
from monitor.feed.frames import Frame, Row
from webhooks.signals import RecordedAttempt

TENANT = UUID("0194ad1c-0000-7000-8000-000000000001")
FAILED = {"outcome": "http_5xx", "http_status": 503, "status": "RETRYING", "error": "http_5xx: 503 Service Unavailable"}


def attempt(tenant_id: UUID = TENANT, **fields: Any) -> RecordedAttempt:
    """A success, where nothing else is said."""
    values = {
        "tenant_id": tenant_id,
        "delivery_id": uuid4(),
        "event_id": uuid4(),
        "subscription_id": uuid4(),
        "event": "payment.received",
        "number": 1,
        "max_attempts": 4,
        "outcome": "success",
        "http_status": 200,
        "duration_ms": 84,
        "started_at": 1763991127.328,
        "status": "DELIVERED",
        "held": None,
        "error": None,
        "next_attempt_at": None,
    }
    return RecordedAttempt(**{**values, **fields})


def row(seq: int = 1, **fields: Any) -> Row:
    return [seq, *frames.unnumbered_row(attempt(**fields))]


def rows_json(count: int, **fields: Any) -> bytes:
    """What the log keeps of that many attempts."""
    return orjson.dumps([frames.unnumbered_row(attempt(**fields)) for _ in range(count)])


def frame(first: int, last: int, epoch: str = "e1") -> Frame:
    return Frame(epoch, first, last, rows_json=rows_json(last - first + 1))
