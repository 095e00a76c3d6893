"""Pruning a history in PostgreSQL: how fast, how long each transaction holds on, and what it leaves to vacuum.

    .venv/bin/python -m bench pruning [events]

Fills an empty, migrated database in the database itself: events of 120 days, each with one delivery and one attempt of
usual sizes, three quarters of them older than the 30 days of history. One event in a thousand is unfinished. Then
prunes.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import UTC, datetime, timedelta
from statistics import quantiles
from typing import Any
from uuid import UUID

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402

from bench.load import make_tenant  # noqa: E402
from tenancy.ids import first_id_at  # noqa: E402
from webhooks import pruning  # noqa: E402
from webhooks.models import Subscription  # noqa: E402

DAYS = 120
FILL = """
WITH made AS MATERIALIZED (
    -- UUID version 7: milliseconds, then the number of the row
    SELECT n, moment, encode(substring(int8send((extract(epoch FROM moment) * 1000)::bigint) FROM 3), 'hex') AS ms
    FROM (SELECT n, %(begin)s::timestamptz + n * %(step)s::interval AS moment FROM generate_series(1, %(events)s) n) g
), ids AS MATERIALIZED (
    SELECT n, moment, (ms || '7000' || '8000' || lpad(to_hex(n), 12, '0'))::uuid AS id FROM made
), events AS (
    INSERT INTO webhook_events (id, tenant_id, type, entity_id, occurred_at, created_at, body)
    SELECT id, %(tenant)s, 'payment.received', 'p-' || n, moment, moment, repeat('x', 700) FROM ids
), deliveries AS (
    INSERT INTO webhook_deliveries (id, tenant_id, subscription_id, event_id, event, status, attempt_count,
        abandoned_count, max_attempts, next_attempt_at, http_status, created_at, updated_at)
    SELECT id, %(tenant)s, %(subscription)s, id, 'payment.received',
        CASE WHEN n %% 1000 = 0 THEN 'RETRYING' ELSE 'DELIVERED' END, 1, 0, 4,
        CASE WHEN n %% 1000 = 0 THEN now() + interval '1 day' END, 200, moment, moment
    FROM ids
)
INSERT INTO webhook_attempts (id, tenant_id, delivery_id, number, outcome, http_status, started_at, duration_ms, error,
    request_headers, response_headers, response_body, response_truncated, timings, request_bytes, response_bytes)
SELECT id, %(tenant)s, id, 1, 'success', 200, moment, 12, NULL,
    jsonb_build_object('webhook-signature', repeat('s', 500)),
    jsonb_build_object('server', repeat('h', 150)), 'ok', false, '{}', 700, 2
FROM ids
"""


def fill(events: int) -> None:
    begin = datetime.now(UTC) - timedelta(days=DAYS)
    values: dict[str, Any] = {"begin": begin, "step": timedelta(days=DAYS) / events, "events": events}
    tenant = make_tenant(["https://hooks.example.com"])
    subscription = Subscription.objects.get(tenant_id=tenant.id)
    with connection.cursor() as cursor:
        cursor.execute(FILL, {**values, "tenant": tenant.id, "subscription": subscription.id})
        for table in ("events", "deliveries", "attempts"):
            cursor.execute(f"VACUUM ANALYZE webhook_{table}")


def main() -> None:
    events = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    started = time.perf_counter()
    fill(events)
    sys.stdout.write(f"{events:,} events in {time.perf_counter() - started:.0f} s\n")
    before = first_id_at(datetime.now(UTC) - timedelta(days=settings.WEBHOOK_HISTORY_DAYS))
    last: UUID | None = UUID(int=0)
    gone, seconds = 0, []
    while last:
        started = time.perf_counter()
        last, count = pruning.prune_some(last, before)
        seconds.append(time.perf_counter() - started)
        gone += count
    total = sum(seconds)
    sys.stdout.write(f"pruned: {gone:,} events in {total:.1f} s, {gone / total:,.0f}/s\n")
    p50, p99 = (quantiles(seconds, n=100)[cut - 1] * 1000 for cut in (50, 99))
    longest = max(seconds) * 1000
    sys.stdout.write(
        f"a transaction of {pruning.EVENTS_AT_ONCE}: p50 {p50:.0f}, p99 {p99:.0f}, longest {longest:.0f} ms\n"
    )
    started = time.perf_counter()
    with connection.cursor() as cursor:
        for table in ("events", "deliveries", "attempts"):
            cursor.execute(f"VACUUM webhook_{table}")
    sys.stdout.write(f"vacuum: {time.perf_counter() - started:.1f} s\n")


if __name__ == "__main__":
    main()
