"""A scrape of `/metrics` with a long history and a backlog in PostgreSQL: what the figures of the database cost.

    .venv/bin/python -m bench scrape [events] [pending]

Fills an empty, migrated database (see `bench.pruning`), has the newest deliveries wait, and reads.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from statistics import quantiles

from django.db import connection
from prometheus_client import generate_latest

from bench.pruning import fill
from webhooks.metrics import exposition, gauges

TIMES = 50


def main() -> None:
    events, pending = (int(given) for given in [*sys.argv[1:3], *("1000000", "200000")[len(sys.argv) - 1 :]])
    fill(events)
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE webhook_deliveries SET status = 'PENDING', next_attempt_at = created_at
               WHERE id IN (SELECT id FROM webhook_deliveries ORDER BY id DESC LIMIT %s)""",
            [pending],
        )
        cursor.execute("VACUUM ANALYZE webhook_deliveries")
    seconds = []
    for _ in range(TIMES):
        started = time.perf_counter()
        figures = gauges.read(datetime.now(UTC))
        seconds.append(time.perf_counter() - started)
    p50, p99 = (quantiles(seconds, n=100)[cut - 1] * 1000 for cut in (50, 99))
    waiting = sum(figures.pending.values())
    sys.stdout.write(f"{events:,} deliveries, {waiting:,} of them waiting: p50 {p50:.0f}, p99 {p99:.0f} ms\n")
    started = time.perf_counter()
    page = generate_latest(exposition.registry())
    sys.stdout.write(f"a page of {len(page) / 1000:.0f} kB in {(time.perf_counter() - started) * 1000:.0f} ms\n")


if __name__ == "__main__":
    main()
