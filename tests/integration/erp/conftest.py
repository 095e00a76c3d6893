"""A tenant whose subscription takes every event."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from tenancy.models import Tenant
from webhooks.models import Event, Subscription


@pytest.fixture
def tenant(transactional_db: None) -> Tenant:
    return Tenant.objects.create(name="Acme", slug="acme")


@pytest.fixture
def subscription(tenant: Tenant) -> Subscription:
    return Subscription.objects.create(
        tenant_id=tenant.id, url="http://127.0.0.1:9/hook", events=["*"], secret="secret-of-acme", timeout=1
    )


@pytest.fixture
def published(tenant: Tenant) -> Callable[[], list[dict[str, Any]]]:
    """The bodies of the tenant's events so far, oldest first."""
    return lambda: [orjson.loads(event.body) for event in Event.objects.filter(tenant_id=tenant.id).order_by("id")]
