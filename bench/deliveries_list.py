"""Listing deliveries in PostgreSQL with millions of rows: first page, deep page, each filter.

    .venv/bin/python -m bench deliveries_list [rows] [requests]

Fills an empty, migrated database by COPY with deliveries of one busy tenant (nine in ten rows) and nine small ones over
a month, then calls the API in this process, so that authentication, query and JSON are in the figures but no socket.
Rows that are there already are used again.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
os.environ["API_RATE_LIMIT"] = "0"

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import get_resolver  # noqa: E402

from project import memory  # noqa: E402
from tenancy import tokens  # noqa: E402
from tenancy.ids import first_id_at  # noqa: E402
from tenancy.models import Tenant  # noqa: E402
from webhooks.event_types import names  # noqa: E402
from webhooks.models import Delivery, Subscription  # noqa: E402

MONTH = timedelta(days=30)
SUBSCRIPTIONS = 50
# Requests of each kind that are not counted: until the indexes' upper pages are in memory.
WARM_UP = 5
# In ten thousand. A final status is common, the others are what people look for.
STATUSES = {"FAILED": 100, "RETRYING": 3, "PENDING": 2, "DELIVERING": 1, "CANCELLED": 20, "DELIVERED": 9874}
RARE_TYPE, RARE_EVERY = "invoice.rejected", 100_000
PATH = "/api/v1/tenant/webhooks/deliveries"
COLUMNS = (
    "id, tenant_id, subscription_id, event_id, event, status, attempt_count, abandoned_count, max_attempts,"
    " next_attempt_at, http_status, created_at, updated_at"
)


def make_tenants() -> list[Tenant]:
    return [Tenant.objects.get_or_create(name=f"Bench {n}", slug=f"bench-{n}")[0] for n in range(10)]


def make_subscriptions(tenant: Tenant) -> list[UUID]:
    missing = SUBSCRIPTIONS - Subscription.objects.filter(tenant_id=tenant.id).count()
    for _ in range(missing):
        fields: dict[str, Any] = {"url": "https://hooks.example.com", "events": ["*"], "timeout": 10.0}
        Subscription.objects.create(tenant_id=tenant.id, secret="a-secret-of-the-bench", **fields)
    return list(Subscription.objects.filter(tenant_id=tenant.id).order_by("id").values_list("id", flat=True))


def deliveries(rows: int, begin: datetime, subscriptions: dict[UUID, list[UUID]]) -> Iterator[str]:
    """Lines for COPY, oldest first, as they would have been inserted."""
    statuses = [name for name, share in STATUSES.items() for _ in range(share)]
    types = [name for name in names() if name != RARE_TYPE]
    tenants = list(subscriptions)
    step = MONTH / rows
    for number in range(rows):
        moment = begin + step * number
        tenant_id = tenants[0 if number % 10 else 1 + number // 10 % 9]
        mixed = number * 2_654_435_761 % 2**32
        # The newest subscription gets one event in a thousand.
        own = subscriptions[tenant_id]
        subscription = own[-1] if mixed % 1000 == 0 else own[mixed // 1000 % (SUBSCRIPTIONS - 1)]
        event = RARE_TYPE if number % RARE_EVERY == 1 else types[mixed // 7 % len(types)]
        status = statuses[mixed // 11 % len(statuses)]
        waiting = status in ("PENDING", "RETRYING")
        row_id = UUID(int=first_id_at(moment).int | 7 << 76 | 2 << 62 | number)
        text = moment.isoformat()
        due = text if waiting else "\\N"
        what = f"{tenant_id}\t{subscription}\t{row_id}\t{event}\t{status}"
        yield f"{row_id}\t{what}\t1\t0\t4\t{due}\t200\t{text}\t{text}\n"


def fill(rows: int, tenants: list[Tenant]) -> None:
    begin = datetime.now(UTC) - MONTH
    # Before: while it copies, the connection takes no queries.
    subscriptions = {tenant.id: make_subscriptions(tenant) for tenant in tenants}
    with connection.cursor() as cursor:
        # Without events the foreign key cannot hold; the list does not look at them.
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = 'webhook_deliveries'::regclass AND contype = 'f'"
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f'ALTER TABLE webhook_deliveries DROP CONSTRAINT "{name}"')
        # Built at the end: six of them, filled row by row, take four times as long.
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'webhook_deliveries'"
            " AND indexname LIKE 'delivery_%'"
        )
        indexes = dict(cursor.fetchall())
        for name in indexes:
            cursor.execute(f"DROP INDEX {name}")
        started = time.perf_counter()
        # A COPY is not for whom row security binds.
        cursor.execute("ALTER TABLE webhook_deliveries NO FORCE ROW LEVEL SECURITY")
        with cursor.cursor.copy(f"COPY webhook_deliveries ({COLUMNS}) FROM STDIN") as copy:
            for line in deliveries(rows, begin, subscriptions):
                copy.write(line)
        cursor.execute("ALTER TABLE webhook_deliveries FORCE ROW LEVEL SECURITY")
        for definition in indexes.values():
            cursor.execute(definition)
        seconds = time.perf_counter() - started
        cursor.execute("VACUUM ANALYZE webhook_deliveries")
    sys.stdout.write(f"{rows:,} rows in {seconds:.0f} s\n")


def queries(tenant: Tenant) -> dict[str, str]:
    """What is asked, by name."""
    own = list(Subscription.objects.filter(tenant_id=tenant.id).order_by("id").values_list("id", flat=True))
    middle = datetime.now(UTC) - MONTH / 2
    text = middle.isoformat().replace("+00:00", "Z")
    day = (middle + timedelta(days=1)).isoformat().replace("+00:00", "Z")
    deep = deep_cursor(tenant)
    filters = {f"status={name}": f"status={name}" for name in STATUSES}
    return {
        "first page": "",
        "first page of 200": "limit=200",
        "deep page (oldest rows)": f"cursor={deep}",
        **filters,
        "status=FAILED,RETRYING": "status=FAILED,RETRYING",
        "status=FAILED, deep page": f"status=FAILED&cursor={deep}",
        "event=payment.received": "event=payment.received",
        "event=invoice.*": "event=invoice.*",
        f"event={RARE_TYPE} (one in {RARE_EVERY:,})": f"event={RARE_TYPE}",
        "event that never was": "event=webhook.test",
        "subscription (one in 50)": f"subscription={own[0]}",
        "subscription (one in 1,000)": f"subscription={own[-1]}",
        "two subscriptions": f"subscription={own[0]},{own[-1]}",
        "since (15 days)": f"since={text}",
        "until (15 days ago)": f"until={text}",
        "since and until (one day)": f"since={text}&until={day}",
        "FAILED of a subscription": f"status=FAILED&subscription={own[-1]}",
        "FAILED of an event": "status=FAILED&event=payment.received",
        f"FAILED {RARE_TYPE}": f"status=FAILED&event={RARE_TYPE}",
        "FAILED on one day": f"status=FAILED&since={text}&until={day}",
    }


def deep_cursor(tenant: Tenant) -> str:
    """A cursor near the oldest rows, as the API makes it."""
    from rest.pagination import _encode

    oldest = Delivery.objects.filter(tenant_id=tenant.id).order_by("id").values_list("id", flat=True)
    return _encode(oldest[5000])


def measure(client: Client, queries: dict[str, str], requests: int) -> dict[str, list[float]]:
    """Milliseconds of each request by name, ascending. They take turns: what slows the machine slows all."""
    taken: dict[str, list[float]] = {name: [] for name in queries}
    for _ in range(requests + WARM_UP):
        for name, query in queries.items():
            started = time.perf_counter()
            response = client.get(f"{PATH}?{query}")
            taken[name].append((time.perf_counter() - started) * 1000)
            if response.status_code != 200:
                raise SystemExit(f"{query}: {response.content!r}")
    return {name: sorted(times[WARM_UP:]) for name, times in taken.items()}


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    requests = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    tenants = make_tenants()
    get_resolver().url_patterns  # noqa: B018  # as a web process starts
    memory.settle()
    if not Delivery.objects.exists():
        fill(rows, tenants)
    for which, tenant in (("of the busy tenant", tenants[0]), ("of a small tenant", tenants[1])):
        token = tokens.issue(tenant, ["read"]).secret
        client = Client(headers={"Authorization": f"Bearer {token}", "Host": settings.ALLOWED_HOSTS[0]})
        sys.stdout.write(f"\n| {which} | p50 ms | p99 ms |\n|---|---|---|\n")
        for name, taken in measure(client, queries(tenant), requests).items():
            p99 = taken[min(len(taken) - 1, len(taken) * 99 // 100)]
            sys.stdout.write(f"| {name} | {taken[len(taken) // 2]:.1f} | {p99:.1f} |\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
