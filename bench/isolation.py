"""What endpoints that hang cost the others: 100 endpoints, 10 of them hang, 500 deliveries/s for a minute.

    .venv/bin/python -m bench isolation [--seconds 60] [--hanging 10] [--no-breaker] [--rate 500] [--retries]

Ten tenants with ten subscriptions each; the first endpoint of each tenant hangs: nine until the deadline (10 s), one in
DNS (a name server that never answers). Events are published through the ERP's services at a steady rate; said is how
long the deliveries of the others took from when they were published to when they were received. With `--hanging 0`
the same without hanging endpoints, to compare with; with `--no-breaker` the caps alone keep them apart. With
`--retries` one delivery in sixteen is retried thrice; said is how late each retry was. Those deliveries are not among
the times of the others.
"""

from __future__ import annotations

import argparse
import os
import socket
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from uuid import UUID

from django.db import connection

from bench import load
from bench.throughput import Bench, describe
from webhooks.engine import retry
from webhooks.models import Attempt, Circuit, Delivery, Subscription

TENANTS, ENDPOINTS = 10, 10


def lateness(number: int, wait: float, subscriptions: set[UUID]) -> list[float]:
    """Milliseconds by which attempts of this number began later than `wait` seconds after the end of those before."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT (extract(epoch FROM a.started_at - b.started_at) - %s) * 1000 - b.duration_ms
               FROM webhook_attempts a
               JOIN webhook_attempts b ON b.delivery_id = a.delivery_id AND b.number = a.number - 1
               JOIN webhook_deliveries d ON d.id = a.delivery_id
               WHERE a.number = %s AND d.subscription_id = ANY(%s)""",
            [wait, number, list(subscriptions)],
        )
        return [float(late) for (late,) in cursor.fetchall()]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rate", type=float, default=500, help="deliveries a second")
    parser.add_argument("--hanging", type=int, default=10)
    parser.add_argument("--no-breaker", action="store_true")
    parser.add_argument("--retries", action="store_true")
    chosen = parser.parse_args()
    # A name server that hangs: what it is asked stays in the socket.
    name_server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    name_server.bind(("127.0.0.1", 0))
    os.environ["WEBHOOK_DNS_SERVERS"] = f"127.0.0.1:{name_server.getsockname()[1]}"
    os.environ["WEBHOOK_CIRCUIT_BREAKER"] = "0" if chosen.no_breaker else "1"
    bench = Bench()
    try:
        run(bench, chosen.hanging, chosen.rate, chosen.seconds, "retry/" if chosen.retries else "")
    finally:
        bench.stop()


def run(bench: Bench, hanging: int, rate: float, seconds: float, kind: str) -> None:
    tenants = []
    for number in range(TENANTS):
        urls = [bench.url(f"{kind}{number * ENDPOINTS + endpoint + 1}") for endpoint in range(ENDPOINTS)]
        if number < hanging:
            urls[0] = "http://hangs.example/" if number == 0 else bench.url("hang")
        tenants.append(load.make_tenant(urls))
    path_of = {each.id: each.url.rsplit("/", 1)[1] for each in Subscription.objects.all()}
    worker = bench.procfile("worker")
    worker.wait_for("worker_started")
    interval = ENDPOINTS * TENANTS / rate
    with ProcessPoolExecutor(TENANTS, get_context("spawn")) as pool:
        list(pool.map(load.warm_up, range(TENANTS)))
        begun = time.time()
        for done in [pool.submit(load.pay, each.id, int(seconds / interval), interval) for each in tenants]:
            done.result()
        took = time.time() - begun
    time.sleep(12 if kind else 3)
    times = bench.times()
    healthy = {key for key, path in path_of.items() if path.isdigit()}
    rows = list(Delivery.objects.values_list("subscription_id", "source_id", "created_at", "attempt_count"))
    waited, missing = [], 0
    for subscription, event, created, attempts in rows:
        if subscription in healthy and (attempts == 1 or not kind):
            at = times.get((event, int(path_of[subscription])))
            if at is None:
                missing += 1
            else:
                waited.append((at - created.timestamp()) * 1000)
    worker.kill()
    sys.stdout.write(f"{len(rows)} deliveries in {took:.0f} s ({len(rows) / took:.0f}/s), {hanging} endpoints hang\n")
    sys.stdout.write(f"healthy, published to received: {describe(waited)}; not received: {missing}\n")
    failed = Attempt.objects.exclude(outcome="success").count()
    for number, wait in enumerate(retry.SCHEDULES["fast"] if kind else (), 2):
        late = lateness(number, wait, healthy)
        sys.stdout.write(f"retry after {wait} s, lateness: earliest {min(late):.0f}, {describe(late)}\n")
    opened = Circuit.objects.exclude(state="closed").count()
    sys.stdout.write(f"attempts that failed: {failed}; circuits open at the end: {opened}\n")


if __name__ == "__main__":
    main()
