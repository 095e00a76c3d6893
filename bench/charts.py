"""What the charts cost with a busy day behind them, and what counting the attempts by minute costs the workers.

    .venv/bin/python -m bench charts [attempts] [requests]

Fills an empty, migrated database in the database itself: a day of one tenant with 20 subscriptions and 2,000 deliveries
that wait. One attempt in twelve fails, with one of four codes, two thirds of those are retried; durations are spread
over all buckets. Counts it like a worker that catches up, then calls the views in this process, without their cache.
Then a minute of 3,000 attempts/s is counted.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median, quantiles
from typing import Any, TypeVar

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")

import django

django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from django.core.cache import cache  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import get_resolver  # noqa: E402

from bench.load import make_tenant  # noqa: E402
from project import memory  # noqa: E402
from tenancy.models import Membership, Tenant  # noqa: E402
from webhooks import rollups  # noqa: E402
from webhooks.models import Rollup, RollupState, Subscription  # noqa: E402

T = TypeVar("T")

SUBSCRIPTIONS = 20
WAITING = 2_000
PEAK = 3_000  # attempts a second
WARM_UP = 5
PATHS = (
    "/monitor/history?range=15m",
    "/monitor/history?range=1h",
    "/monitor/history?range=6h",
    "/monitor/history?range=24h",
    "/monitor/history?range=24h&subscription=",
    "/monitor/history?range=24h&scope=system",
    "/monitor/endpoints?range=15m",
    "/monitor/endpoints?range=1h",
    "/monitor/endpoints?range=24h",
    "/monitor/summary",
)
FILL = """
WITH made AS MATERIALIZED (
    SELECT n, moment, encode(substring(int8send((extract(epoch FROM moment) * 1000)::bigint) FROM 3), 'hex') AS ms,
        n * 2654435761 %% 4294967296 AS mixed
    FROM (SELECT n, %(begin)s::timestamptz + n * %(step)s::interval AS moment FROM generate_series(1, %(rows)s) n) g
), ids AS MATERIALIZED (
    SELECT n, moment, mixed, (ms || '7000' || '8000' || lpad(to_hex(n), 12, '0'))::uuid AS id,
        (%(subscriptions)s::uuid[])[1 + mixed %% %(count)s] AS subscription, mixed / 7 %% 12 = 0 AS failed,
        mixed / 11 %% 3 > 0 AS retried
    FROM made
), events AS (
    INSERT INTO webhook_events (id, tenant_id, type, entity_id, occurred_at, created_at, body)
    SELECT id, %(tenant)s, 'payment.received', 'p-' || n, moment, moment, repeat('x', 200) FROM ids
), deliveries AS (
    INSERT INTO webhook_deliveries (id, tenant_id, subscription_id, event_id, event, status, attempt_count,
        abandoned_count, max_attempts, http_status, created_at, updated_at)
    SELECT id, %(tenant)s, subscription, id, 'payment.received',
        CASE WHEN NOT failed THEN 'DELIVERED' WHEN retried THEN 'CANCELLED' ELSE 'FAILED' END, 1, 0, 4,
        CASE WHEN failed THEN 503 ELSE 200 END, moment, moment
    FROM ids
)
INSERT INTO webhook_attempts (id, tenant_id, delivery_id, number, outcome, http_status, started_at, duration_ms, error,
    request_headers, response_headers, response_body, response_truncated, timings, request_bytes, response_bytes)
SELECT id, %(tenant)s, id, 1, CASE WHEN failed THEN 'http_5xx' ELSE 'success' END,
    CASE WHEN failed THEN 500 + mixed / 13 %% 4 ELSE 200 + mixed %% %(count)s %% 3 END, moment,
    (10 * exp(mixed / 4294967296.0 * 6))::int, NULL, jsonb_build_object('webhook-signature', repeat('s', 500)),
    jsonb_build_object('server', repeat('h', 150)), 'ok', false, '{}', 700, 2
FROM ids
"""


def fill(tenant: Tenant, subscriptions: list[Subscription], rows: int, begin: datetime, length: timedelta) -> None:
    values: dict[str, Any] = {"begin": begin, "step": length / rows, "rows": rows, "tenant": tenant.id}
    ids = [each.id for each in subscriptions]
    with connection.cursor() as cursor:
        cursor.execute(FILL, {**values, "subscriptions": ids, "count": len(ids)})


def vacuum() -> None:
    with connection.cursor() as cursor:
        for table in ("events", "deliveries", "attempts", "minutes"):
            cursor.execute(f"VACUUM ANALYZE webhook_{table}")


def postgresql_seconds() -> float:
    """CPU time of this connection's process in PostgreSQL, which runs on this machine."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def costing(work: Callable[[], T]) -> tuple[float, float, T]:
    """Seconds that passed, and of CPU here and in PostgreSQL together."""
    wall, own, theirs = time.perf_counter(), time.process_time(), postgresql_seconds()
    result = work()
    cpu = time.process_time() - own + postgresql_seconds() - theirs
    return time.perf_counter() - wall, cpu, result


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def views(client: Client, subscription: Subscription, requests: int) -> None:
    say("\n| view | p50 ms | p95 ms | CPU ms | kB |\n|---|---|---|---|---|")
    for path in PATHS:
        address = path + str(subscription.id) if path.endswith("subscription=") else path

        def ask(address: str = address) -> tuple[float, int]:
            cache.clear()
            started = time.perf_counter()
            response = client.get(address)
            if response.status_code != 200:
                raise RuntimeError(f"{address}: {response.status_code} {response.content[:200]!r}")
            return 1000 * (time.perf_counter() - started), len(response.content)

        for _ in range(WARM_UP):
            ask()
        _, cpu, asked = costing(lambda ask=ask: [ask() for _ in range(requests)])  # type: ignore[misc]
        times = [took for took, _ in asked]
        figures = [median(times), quantiles(times, n=20)[18], 1000 * cpu / requests]
        say(f"| {path} | {' | '.join(f'{ms:.1f}' for ms in figures)} | {asked[0][1] / 1000:.0f} |")


def count_a_peak(tenant: Tenant, subscriptions: list[Subscription]) -> None:
    """A minute at the peak, counted as often as a worker counts it until it is final."""
    minute = rollups.beginning(datetime.now(UTC)) + timedelta(hours=1)
    RollupState.objects.update(final_until=minute, counted_until=minute)
    attempts = 60 * PEAK
    fill(tenant, subscriptions, attempts, minute, rollups.MINUTE)
    now = minute + rollups.MINUTE
    passes: list[tuple[float, float]] = []
    while (state := rollups.state()) and state.final_until <= minute:
        wall, cpu, _ = costing(lambda now=now: rollups.catch_up(now))  # type: ignore[misc]
        passes.append((wall, cpu))
        now += rollups.EVERY
    # Before it is over it is counted, too, on average half full.
    earlier = rollups.MINUTE / rollups.EVERY / 2 * passes[0][1]
    micros = 1e6 * (earlier + sum(cpu for _, cpu in passes)) / attempts
    say(
        f"\n{attempts:,} attempts of a minute: {1000 * max(wall for wall, _ in passes):.0f} ms a pass at most,"
        f" {1e6 * passes[0][1] / attempts:.2f} µs of CPU for each attempt; until it is final {micros:.2f} µs,"
        f" {micros * PEAK / 1e4:.1f} % of a core at {PEAK:,} attempts/s"
    )


def main() -> None:
    attempts, requests = (int(value) for value in [*sys.argv[1:3], *["1000000", "100"][len(sys.argv) - 1 :]])
    tenant = make_tenant([f"https://hooks-{number}.example.com" for number in range(SUBSCRIPTIONS)])
    subscriptions = list(Subscription.objects.filter(tenant_id=tenant.id))
    begin = datetime.now(UTC) - timedelta(days=1)
    wall, _, _ = costing(lambda: fill(tenant, subscriptions, attempts, begin, timedelta(days=1)))
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE webhook_deliveries SET status = 'RETRYING', next_attempt_at = now() + interval '1 hour'
               WHERE id IN (SELECT id FROM webhook_deliveries WHERE status = 'CANCELLED' ORDER BY id DESC LIMIT %s)""",
            [WAITING],
        )
    vacuum()
    say(f"filled with {attempts:,} attempts of a day in {wall:.0f} s")
    wall, cpu, steps = costing(rollups.catch_up)
    say(
        f"counted in {steps} steps: {wall:.1f} s, {1e6 * cpu / attempts:.2f} µs of CPU for each attempt,"
        f" {Rollup.objects.count():,} rows"
    )
    vacuum()
    user = get_user_model().objects.create_user("bench", is_staff=True)
    Membership.objects.create(user=user, tenant=tenant, role="admin")
    client = Client(headers={"Host": "localhost"})
    client.force_login(user)
    get_resolver().url_patterns  # noqa: B018
    memory.settle()
    views(client, subscriptions[0], requests)
    count_a_peak(tenant, subscriptions)


if __name__ == "__main__":
    main()
