"""Baseline (a): one stock Huey task for each delivery, which does all a delivery needs the plain way.

ORM load, signature, a blocking httpx client, attempt row, status update, metrics, `async_to_sync(group_send)`. Run by
Huey's own consumer: `huey_consumer bench.baselines.plain_huey.huey -w 8 -k thread`.
"""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from uuid import UUID

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")

import django

django.setup()

import httpx  # noqa: E402
from asgiref.sync import async_to_sync  # noqa: E402
from channels.layers import get_channel_layer  # noqa: E402
from django.db import close_old_connections  # noqa: E402
from huey import RedisHuey  # noqa: E402

from monitor.feed import frames  # noqa: E402
from webhooks.engine.request import PendingDispatch, build  # noqa: E402
from webhooks.metrics.attempts import AttemptMetrics  # noqa: E402
from webhooks.models import Attempt, Delivery, Subscription  # noqa: E402
from webhooks.signals import RecordedAttempt  # noqa: E402

huey = RedisHuey("plain", url=os.environ["REDIS_URL"], results=False)
client = httpx.Client(timeout=10)
metrics = AttemptMetrics()


@huey.task()  # type: ignore[untyped-decorator]
def deliver(delivery_id: str) -> None:
    """Load, sign, send, record, count and broadcast one delivery."""
    try:
        _deliver(UUID(delivery_id))
    finally:
        close_old_connections()


def _deliver(delivery_id: UUID) -> None:
    delivery = Delivery.objects.select_related("source").get(id=delivery_id)
    subscription = Subscription.objects.get(id=delivery.subscription_id)
    now = datetime.now(UTC)
    request = build(
        PendingDispatch(
            delivery_id=delivery.id,
            subscription_id=delivery.subscription_id,
            event_id=delivery.source_id,
            event=delivery.event,
            attempt=1,
            url=subscription.url,
            secrets=subscription.live_secrets(now),
            body=delivery.source.body.encode(),
            timeout=10.0,
        ),
        int(now.timestamp()),
    )
    started, clock = time.time(), time.perf_counter()
    response = client.post(str(request.url), headers=request.headers, content=request.body)
    duration = round((time.perf_counter() - clock) * 1000)
    Attempt.objects.create(
        tenant_id=delivery.tenant_id,
        delivery=delivery,
        number=1,
        started_at=now,
        duration_ms=duration,
        http_status=response.status_code,
        outcome="success",
        request_headers=request.headers,
        response_headers=dict(response.headers),
        response_body=response.text,
    )
    delivery.status, delivery.attempt_count, delivery.next_attempt_at = "DELIVERED", 1, None
    delivery.delivered_at = datetime.now(UTC)
    delivery.save()
    attempt = RecordedAttempt(
        tenant_id=delivery.tenant_id, delivery_id=delivery.id, event_id=delivery.source_id,
        subscription_id=subscription.id, event=delivery.event, number=1, max_attempts=4, outcome="success",
        http_status=response.status_code, duration_ms=duration, started_at=started, status="DELIVERED", held=None,
        error=None, next_attempt_at=None,
    )  # fmt: skip
    metrics.count([attempt], late=0)
    row = [1, *frames.unnumbered_row(attempt)]
    message = {"type": "feed.frame", "epoch": "plain", "from": 1, "to": 1, "text": frames.batch(1, 1, [row])}
    async_to_sync(get_channel_layer().group_send)(frames.group_name(delivery.tenant_id), message)
