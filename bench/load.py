"""Events to deliver: published through the ERP's services, or written as rows where there are too many for that."""

from __future__ import annotations

import os
import time
from concurrent.futures import ProcessPoolExecutor
from decimal import Decimal
from multiprocessing import get_context
from uuid import UUID

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")

import django

django.setup()

from django.db import connection  # noqa: E402

from erp.reconciliation.services import receive_payment  # noqa: E402
from tenancy import tokens  # noqa: E402
from tenancy.ids import new_id  # noqa: E402
from tenancy.models import Tenant  # noqa: E402
from tenancy.row_security import of_tenant  # noqa: E402
from webhooks.models import Subscription  # noqa: E402

PUBLISHERS = 2


def make_tenant(urls: list[str]) -> Tenant:
    """A tenant with one subscription to `payment.received` for each URL."""
    name = f"bench-{new_id()}"
    tenant = Tenant.objects.create(name=name, slug=name)
    Subscription.objects.bulk_create(
        Subscription(tenant_id=tenant.id, url=url, events=["payment.received"], secret="a-secret-of-8", timeout=10.0)
        for url in urls
    )
    return tenant


def token_of(tenant: Tenant) -> str:
    """A token that may read the feed."""
    return tokens.issue(tenant, ["read"]).secret


def warm_up(_number: int) -> None:
    """Occupy a process until it has imported everything."""
    time.sleep(1)


def pay(tenant_id: UUID, times: int, interval: float = 0.0) -> None:
    """So many payments, each a service call and a transaction of its own, begun every `interval` seconds."""
    start = time.monotonic()
    for number in range(times):
        time.sleep(max(0.0, start + number * interval - time.monotonic()))
        reference = f"bench {number}"
        with of_tenant(tenant_id):
            receive_payment(tenant_id, amount=Decimal("12.50"), currency="EUR", method="card", reference=reference)


def publish(tenants: list[Tenant], events: int) -> float:
    """Publish through the ERP, spread over the tenants, in two processes; returns the seconds it took."""
    started = time.monotonic()
    with ProcessPoolExecutor(PUBLISHERS, get_context("spawn")) as pool:
        shares = [len(range(number, events, PUBLISHERS * len(tenants))) for number in range(PUBLISHERS * len(tenants))]
        ids = [tenant.id for tenant in tenants for _ in range(PUBLISHERS)]
        for done in [pool.submit(pay, tenant_id, share) for tenant_id, share in zip(ids, shares, strict=True)]:
            done.result()
    return time.monotonic() - started


def multiply(tenant: Tenant, deliveries: int) -> None:
    """Queue so many deliveries in all by copying the tenant's one published event, without wake-ups."""
    with connection.cursor() as cursor:
        cursor.execute(
            """WITH template AS (SELECT * FROM webhook_events WHERE tenant_id = %s LIMIT 1),
                    subscription AS (SELECT id FROM webhook_subscriptions WHERE tenant_id = %s LIMIT 1),
                    copies AS (
                        INSERT INTO webhook_events (id, tenant_id, type, entity_id, body, occurred_at, created_at)
                        SELECT gen_random_uuid(), t.tenant_id, t.type, t.entity_id, t.body, now(), now()
                        FROM template t, generate_series(1, %s) RETURNING id, tenant_id, type)
               INSERT INTO webhook_deliveries (id, tenant_id, subscription_id, event_id, event, status, attempt_count,
                    abandoned_count, max_attempts, next_attempt_at, created_at, updated_at)
               SELECT gen_random_uuid(), c.tenant_id, s.id, c.id, c.type, 'PENDING', 0, 0, 4, now(), now(), now()
               FROM copies c, subscription s""",
            [tenant.id, tenant.id, deliveries],
        )
