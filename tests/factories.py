"""Rows for tests, made by plain functions. What a test does not name gets a value that works."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction

from erp.reconciliation.webhooks import PAYMENT_RECEIVED
from tenancy import tokens
from tenancy.ids import first_id_at, new_id
from tenancy.models import Tenant
from webhooks import publishing
from webhooks.models import Attempt, Delivery, Event, Subscription

_numbers = count(1)

SECRET = "a-secret-of-the-tests"


def make_tenant(name: str | None = None) -> Tenant:
    number = next(_numbers)
    return Tenant.objects.create(name=name or f"Tenant {number}", slug=f"tenant-{number}")


def make_token(tenant: Tenant | None = None, scopes: tuple[str, ...] = ("read", "write")) -> str:
    return tokens.issue(tenant or make_tenant(), list(scopes)).secret


def make_subscription(tenant: Tenant | None = None, **fields: Any) -> Subscription:
    values = {"url": "https://hooks.example.com/erp", "events": ["payment.received"], "secret": SECRET, "timeout": 10.0}
    return Subscription.objects.create(tenant_id=(tenant or make_tenant()).id, **{**values, **fields})


def make_event(tenant: Tenant | None = None, **fields: Any) -> Event:
    now = datetime.now(UTC)
    event_id = new_id()
    values = {"id": event_id, "type": "payment.received", "occurred_at": now, "created_at": now}
    tenant_id = fields.pop("tenant_id", None) or (tenant or make_tenant()).id
    envelope = {"id": event_id, "type": "payment.received", "tenant_id": tenant_id, "data": {"id": "p-1"}}
    return Event.objects.create(tenant_id=tenant_id, **{**values, "body": orjson.dumps(envelope).decode(), **fields})


def publish_payment(tenant: Tenant) -> Event:
    """A `payment.received`, published as the ERP does."""
    data = PAYMENT_RECEIVED.example.model_copy(update={"id": new_id()})
    with transaction.atomic():
        return publishing.publish(tenant.id, PAYMENT_RECEIVED, data)


def make_delivery(subscription: Subscription | None = None, **fields: Any) -> Delivery:
    now = datetime.now(UTC)
    subscription = subscription or make_subscription()
    source = fields.pop("source", None) or make_event(tenant_id=subscription.tenant_id)
    waiting = fields.get("status", "PENDING") in ("PENDING", "RETRYING")
    values = {
        "event": source.type,
        "max_attempts": 4,
        "next_attempt_at": now if waiting else None,
        "created_at": now,
        "updated_at": now,
    }
    if "created_at" in fields:
        # As it would have got it then.
        values["id"] = UUID(int=first_id_at(fields["created_at"]).int | new_id().int % 2**80)
    return Delivery.objects.create(
        tenant_id=subscription.tenant_id, subscription=subscription, source=source, **{**values, **fields}
    )


def make_attempt(delivery: Delivery, **fields: Any) -> Attempt:
    values = {"number": 1, "started_at": datetime.now(UTC), "duration_ms": 12, "http_status": 200, "outcome": "success"}
    return Attempt.objects.create(tenant_id=delivery.tenant_id, delivery=delivery, **{**values, **fields})
