"""What publishing costs a service call: recording a payment with 0, 1, 10 and 100 matching subscriptions.

    .venv/bin/python -m bench publishing [calls]

The same call without publishing is the baseline: it runs with the trigger left out. Rounds alternate, so that a machine
that gets slower is slow for all.
"""

from __future__ import annotations

import os
import sys
import time
from decimal import Decimal
from statistics import median
from unittest import mock
from uuid import UUID

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")

import django

django.setup()

from erp.reconciliation.services import receive_payment  # noqa: E402
from erp.reconciliation.webhooks import PaymentWebhookService  # noqa: E402
from tenancy.ids import new_id  # noqa: E402
from tenancy.models import Tenant  # noqa: E402
from tenancy.row_security import of_tenant  # noqa: E402
from webhooks.models import Subscription  # noqa: E402
from webhooks.tasks import huey  # noqa: E402

MATCHING = (0, 1, 10, 100)
ROUND = 50


def make_tenant(subscriptions: int) -> UUID:
    name = f"publishing-{new_id()}"
    tenant = Tenant.objects.create(name=name, slug=name)
    for _ in range(subscriptions):
        Subscription.objects.create(
            tenant_id=tenant.id,
            url="https://hooks.example.com",
            events=["payment.*"],
            secret="a-secret",
            timeout=10.0,
        )
    return tenant.id


def pay(tenant_id: UUID) -> float:
    """Milliseconds of one call."""
    started = time.perf_counter()
    with of_tenant(tenant_id):
        receive_payment(tenant_id, amount=Decimal("12.50"), currency="EUR", method="card")
    return (time.perf_counter() - started) * 1000


def main() -> None:
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    tenants = {count: make_tenant(count) for count in MATCHING}
    taken: dict[str, list[float]] = {}
    for _ in range(-(-calls // ROUND)):
        with mock.patch.object(PaymentWebhookService, "trigger_payment_received"):
            taken.setdefault("without publishing", []).extend(pay(tenants[0]) for _ in range(ROUND))
        for count, tenant_id in tenants.items():
            taken.setdefault(f"{count} subscriptions", []).extend(pay(tenant_id) for _ in range(ROUND))
        huey.storage.flush_queue()
    baseline = median(taken["without publishing"])
    sys.stdout.write("| matching | median ms | p95 ms | to no publishing |\n|---|---|---|---|\n")
    for what, times in taken.items():
        p95 = sorted(times)[len(times) * 95 // 100]
        sys.stdout.write(f"| {what} | {median(times):.2f} | {p95:.2f} | {median(times) / baseline:.1f}x |\n")


if __name__ == "__main__":
    main()
