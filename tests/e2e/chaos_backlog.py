"""A backlog of 200,000, and all workers killed in the middle of it: part of `make chaos`, too long for `make test`."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis as redis_client

from tests.conftest import RecordingReceiver
from tests.e2e.conftest import Program
from tests.e2e.processes import Process, Production
from tests.servers import PostgreSQL, Redis

BACKLOG = 200_000
TENANTS = 10
_COPY = """
    WITH template AS (SELECT * FROM webhook_events WHERE tenant_id = %(tenant)s LIMIT 1),
         copies AS (INSERT INTO webhook_events (id, tenant_id, type, entity_id, body, occurred_at, created_at)
                    SELECT gen_random_uuid(), tenant_id, type, entity_id, body, now(), now()
                    FROM template, generate_series(1, %(count)s) RETURNING id, tenant_id, type)
    INSERT INTO webhook_deliveries (id, tenant_id, subscription_id, event_id, event, status, attempt_count,
                                    abandoned_count, max_attempts, next_attempt_at, created_at, updated_at)
    SELECT gen_random_uuid(), c.tenant_id, s.id, c.id, c.type, 'PENDING', 0, 0, 4, now(), now(), now()
    FROM copies c JOIN webhook_subscriptions s ON s.tenant_id = c.tenant_id"""


@pytest.fixture
def system(tmp_path: Path, postgresql: PostgreSQL, redis_server: Redis) -> Iterator[Production]:
    system = Production(tmp_path / "var", postgresql, redis_server, API_RATE_LIMIT="0")
    system.start()
    yield system
    system.stop()


@pytest.mark.timeout(900)
def test_a_backlog_is_neither_lost_nor_multiplied_by_the_recovery(
    system: Production, receiver: RecordingReceiver, redis_server: Redis, capsys: pytest.CaptureFixture[str]
) -> None:
    system.worker.kill()
    url = system.environment["DATABASE_URL"].replace("postgres://", "postgresql://")
    with psycopg.connect(url, autocommit=True, options="-c app.all_tenants=on") as connection:
        for number in range(TENANTS):
            with Program(system, f"Tenant {number}") as program:
                program.subscribe(receiver.url("/ok"))
                program.pay()
                connection.execute(_COPY, {"tenant": program.tenant_id, "count": BACKLOG // TENANTS})

        def count(condition: str) -> int:
            row = connection.execute(f"SELECT count(*) FROM webhook_deliveries WHERE {condition}").fetchone()
            return int(row[0]) if row else 0

        def waiting() -> int:
            return count("status <> 'DELIVERED'")

        whole = waiting()
        workers = [start_worker(system) for _ in range(2)]
        while waiting() > whole / 2:
            time.sleep(1)
        for worker in workers:
            worker.kill()
        # Claimed and not recorded: on their way, or arrived and not committed yet.
        in_flight = count("status = 'DELIVERING'")
        system.worker = start_worker(system)
        other = start_worker(system)
        killed, longest_queue = time.monotonic(), 0
        with redis_client.Redis.from_url(redis_server.url) as client:
            while waiting():
                longest_queue = max(longest_queue, client.llen("huey.redis.deliveries"))
                time.sleep(1)
        seconds = time.monotonic() - killed
        assert other.stop() == 0
    # The copies have the body of the event they were copied from, and ids of their own.
    seen = Counter(request.id for request in receiver.requests)
    assert len(seen) == whole
    twice = sum(seen.values()) - len(seen)
    assert twice <= in_flight
    assert longest_queue < 1000
    with capsys.disabled():
        told = {
            "deliveries": whole,
            "in flight": in_flight,
            "twice": twice,
            "longest queue": longest_queue,
            "seconds after": round(seconds),
        }
        sys.stdout.write(f"\nbacklog, all workers killed: {json.dumps(told)}\n")


def start_worker(system: Production) -> Process:
    worker = system.run("worker")
    worker.wait_for("worker_started")
    return worker
