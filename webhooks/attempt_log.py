"""One log line for each attempt: what happened to which delivery, never a secret, a URL or a body."""

from __future__ import annotations

from typing import Any

import structlog

from webhooks.signals import RecordedAttempt

logger = structlog.get_logger("webhooks.attempts")


def write(rows: list[RecordedAttempt], **_signal: Any) -> None:
    """Receiver of `attempts_recorded`."""
    for row in rows:
        logger.info(
            "attempt",
            delivery=str(row.delivery_id),
            subscription=str(row.subscription_id),
            event_id=str(row.event_id),
            event_type=row.event,
            tenant=str(row.tenant_id),
            attempt=row.number,
            outcome=row.outcome,
            http_status=row.http_status,
            ms=row.duration_ms,
            status=row.status,
        )
