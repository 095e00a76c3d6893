from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import models

from webhooks.models import sql


class Pace(models.Model):
    """How many attempts of a subscription with a rate limit were begun within the present second, by all workers."""

    subscription_id = models.UUIDField(primary_key=True)
    tenant_id = models.UUIDField()
    second = models.DateTimeField()
    begun = models.PositiveIntegerField()

    class Meta:
        db_table = "webhook_paces"

    def __str__(self) -> str:
        return f"{self.begun} attempts of {self.subscription_id} at {self.second:%X}"


class Limit(NamedTuple):
    """Attempts a second of one of the tenant's subscriptions."""

    tenant_id: UUID
    rate: int


def limits_of(subscriptions: set[UUID]) -> dict[UUID, Limit]:
    """The limits of those subscriptions that have one."""
    among, params = sql.among(list(subscriptions))
    found = sql.rows(
        f"SELECT id, tenant_id, rate_limit FROM webhook_subscriptions WHERE rate_limit IS NOT NULL AND id {among}",
        params,
    )
    return {sql.as_uuid(id_): Limit(sql.as_uuid(tenant_id), rate) for id_, tenant_id, rate in found}


def grant(wanted: Mapping[UUID, int], limits: Mapping[UUID, Limit], now: datetime) -> dict[UUID, int]:
    """How many of the attempts that are wanted may begin now. They count as begun, whether they are claimed or not."""
    second = now.replace(microsecond=0)
    granted = {}
    # In one order, so that two workers do not wait for each other.
    for subscription_id, limit in sorted(limits.items()):
        sql.execute(
            """INSERT INTO webhook_paces (subscription_id, tenant_id, second, begun) VALUES (%s, %s, %s, 0)
               ON CONFLICT (subscription_id) DO NOTHING""",
            [subscription_id, limit.tenant_id, second],
        )
        ((last, begun),) = sql.rows(
            f"SELECT second, begun FROM webhook_paces WHERE subscription_id = %s {sql.for_update()}", [subscription_id]
        )
        if sql.as_time(last) < second:
            begun = 0
        granted[subscription_id] = max(0, min(wanted[subscription_id], limit.rate - begun))
        sql.execute(
            "UPDATE webhook_paces SET second = %s, begun = %s WHERE subscription_id = %s",
            [max(second, sql.as_time(last)), begun + granted[subscription_id], subscription_id],
        )
    return granted


def forget(subscription_id: UUID) -> None:
    """The subscription was deleted."""
    sql.execute("DELETE FROM webhook_paces WHERE subscription_id = %s", [subscription_id])
