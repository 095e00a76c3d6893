"""Attempts that were never made, through the worker's own way into the feed, at a steady rate: `attempts_recorded`,
the broadcaster, the feed log, the channel layer. A worker that sends them needs PostgreSQL beside it, too (see
`bench.throughput`), and the machine could not say any more what the web process costs.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from multiprocessing.connection import Connection
from typing import NamedTuple
from uuid import UUID

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")

import django

django.setup()

import uvloop  # noqa: E402

from monitor.feed.broadcasting import Broadcaster  # noqa: E402
from webhooks.signals import RecordedAttempt, attempts_recorded  # noqa: E402

# How often a worker records under load.
EVERY_SECONDS = 0.02
# `customer.created` and so on by turns, over all the subscriptions.
EVENTS = (
    "customer.created",
    "invoice.created",
    "invoice.sent",
    "invoice.authorized",
    "payment.received",
    "payment.failed",
    "sales_order.created",
    "sales_order.confirmed",
)
# One in so many fails.
FAILING = 12


class Watched(NamedTuple):
    """A tenant with its subscriptions; `number` tells its attempts from those of others."""

    number: int
    tenant_id: UUID
    subscriptions: tuple[UUID, ...]


class Recorded(NamedTuple):
    """`attempts` of each tenant; CPU time of the process; by how much it was ever behind its rate; rows the feed's log
    never got."""

    attempts: int
    cpu_seconds: float
    late_seconds: float
    lost: int


def attempt(watched: Watched, number: int, now: float) -> RecordedAttempt:
    """One that ended now. All but the times follows from its number, which the delivery's id ends with."""
    failed = number % FAILING == FAILING - 1
    duration = 20 + number * 37 % 480
    return RecordedAttempt(
        tenant_id=watched.tenant_id,
        delivery_id=UUID(int=identity(watched, number)),
        event_id=UUID(int=identity(watched, number)),
        subscription_id=watched.subscriptions[number // len(EVENTS) % len(watched.subscriptions)],
        event=EVENTS[number % len(EVENTS)],
        number=1,
        max_attempts=4,
        outcome="http_5xx" if failed else "success",
        http_status=503 if failed else 200,
        duration_ms=duration,
        started_at=now - duration / 1000,
        status="RETRYING" if failed else "DELIVERED",
        held=None,
        error="http_5xx: 503 Service Unavailable" if failed else None,
        next_attempt_at=now + 1 if failed else None,
    )


def identity(watched: Watched, number: int) -> int:
    """Of the delivery, over all tenants."""
    return watched.number << 32 | number


def record(pipe: Connection, tenants: list[Watched], rate: float, seconds: float) -> None:
    """Say that it is ready, wait for a word, record for that time, each tenant its share; sends a `Recorded`."""
    uvloop.run(_record(pipe, tenants, rate, seconds))


async def _record(pipe: Connection, tenants: list[Watched], rate: float, seconds: float) -> None:
    broadcaster = Broadcaster(asyncio.get_running_loop())
    await broadcaster.start()
    logging.getLogger("webhooks.attempts").setLevel(logging.WARNING)
    attempts_recorded.connect(broadcaster.receive, weak=False)
    pipe.send("ready")
    await asyncio.to_thread(pipe.recv)
    begun, cpu, late = time.monotonic(), time.process_time(), 0.0
    done, each = 0, round(rate * seconds / len(tenants))
    while done < each:
        await asyncio.sleep(EVERY_SECONDS)
        passed = time.monotonic() - begun
        due = min(each, int(passed * rate / len(tenants)))
        late = max(late, passed - done * len(tenants) / rate - EVERY_SECONDS)
        now = time.time()
        rows = [attempt(watched, number, now) for number in range(done, due) for watched in tenants]
        if rows:
            attempts_recorded.send_robust(sender=None, rows=rows, late=0)
        done = due
    spent = time.process_time() - cpu
    await broadcaster.stop()
    pipe.send(Recorded(each, spent, late, broadcaster.lost))
