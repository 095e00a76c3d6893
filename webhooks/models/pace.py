"""Rate limits of subscriptions: attempts begin evenly spaced, by all workers together.

What is shared is one time for each subscription: when its next attempt may begin. Whoever claims takes so many of the
next places, and begins each attempt at its own. (The generic cell rate algorithm without a burst.)
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from math import ceil
from typing import NamedTuple
from uuid import UUID

from django.db import models

from webhooks.models import sql

# Places are given out this far ahead: a faster subscription is claimed ten times a second, not for each attempt.
AHEAD = timedelta(seconds=0.1)
# A next place further away than any claim could have put it was put there by a clock that was ahead.
FURTHEST = timedelta(seconds=2)


class Pace(models.Model):
    """When the next attempt of a subscription with a rate limit may begin."""

    subscription_id = models.UUIDField(primary_key=True)
    tenant_id = models.UUIDField()
    next_at = models.DateTimeField()

    class Meta:
        db_table = "webhook_paces"

    def __str__(self) -> str:
        return f"next attempt of {self.subscription_id} at {self.next_at:%X}"


class Limit(NamedTuple):
    """Attempts a second of one of the tenant's subscriptions."""

    tenant_id: UUID
    rate: int


class Places(NamedTuple):
    """What a subscription was granted: after how many seconds each attempt may begin, and when to ask again."""

    waits: list[float]
    again_in: float
    at_once: int  # more than so many are never granted at once


def limits_of(subscriptions: set[UUID]) -> dict[UUID, Limit]:
    """The limits of those subscriptions that have one."""
    among, params = sql.among(list(subscriptions))
    found = sql.rows(
        f"SELECT id, tenant_id, rate_limit FROM webhook_subscriptions WHERE rate_limit IS NOT NULL AND id {among}",
        params,
    )
    return {sql.as_uuid(id_): Limit(sql.as_uuid(tenant_id), rate) for id_, tenant_id, rate in found}


def grant(wanted: Mapping[UUID, int], limits: Mapping[UUID, Limit], now: datetime) -> dict[UUID, Places]:
    """Places for the attempts that are wanted. They are taken, whether something is claimed for them or not."""
    granted = {}
    # In one order, so that two workers do not wait for each other.
    for subscription_id, limit in sorted(limits.items()):
        sql.execute(
            """INSERT INTO webhook_paces (subscription_id, tenant_id, next_at) VALUES (%s, %s, %s)
               ON CONFLICT (subscription_id) DO NOTHING""",
            [subscription_id, limit.tenant_id, now],
        )
        ((stored,),) = sql.rows(
            f"SELECT next_at FROM webhook_paces WHERE subscription_id = %s {sql.for_update()}", [subscription_id]
        )
        next_at = sql.as_time(stored)
        begin = max(now, next_at) if next_at - now <= FURTHEST else now
        spacing = timedelta(microseconds=ceil(1_000_000 / limit.rate))
        at_once = 1 + AHEAD // spacing
        room = 0 if begin > now + AHEAD else 1 + (now + AHEAD - begin) // spacing
        places = [begin + spacing * number for number in range(min(wanted[subscription_id], room))]
        following = begin + spacing * len(places)
        sql.execute("UPDATE webhook_paces SET next_at = %s WHERE subscription_id = %s", [following, subscription_id])
        again_in = max(0.0, (following - AHEAD / 2 - now).total_seconds())
        granted[subscription_id] = Places([(place - now).total_seconds() for place in places], again_in, at_once)
    return granted


def forget(subscription_id: UUID) -> None:
    """The subscription was deleted."""
    sql.execute("DELETE FROM webhook_paces WHERE subscription_id = %s", [subscription_id])


def forget_orphans() -> None:
    """What a last claim noted after its subscription was deleted."""
    sql.execute(
        """DELETE FROM webhook_paces WHERE NOT EXISTS (
               SELECT 1 FROM webhook_subscriptions s WHERE s.id = webhook_paces.subscription_id)"""
    )
