"""Order within an entity, for subscriptions that ask for it: one delivery at a time, in the order of publishing.

A delivery in an order has `order_key` (the entity's id) and `order_seq`. The sequence is taken within the publishing
transaction and its row is locked until that commits, so numbers are in the order of commits. Whoever is not first among
the unfinished of its key waits with `held = 'order'`; who ends lets the next one go.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import models

from webhooks.models import sql

ENTITY = "entity"


def _unfinished(row: str) -> str:
    """Spelled like the condition of the index `delivery_in_order`."""
    return f"{row}.order_key IS NOT NULL AND {row}.status IN ('PENDING', 'RETRYING', 'DELIVERING')"


class EntitySequence(models.Model):
    """How many events of an entity were published to subscriptions that want them in order."""

    tenant_id = models.UUIDField()
    entity_id = models.CharField(max_length=64)
    last = models.BigIntegerField()

    class Meta:
        db_table = "webhook_entity_sequences"
        constraints = [models.UniqueConstraint(fields=["tenant_id", "entity_id"], name="entity_sequence_once")]

    def __str__(self) -> str:
        return f"{self.entity_id}: {self.last}"


class Released(NamedTuple):
    """A delivery whose turn has come."""

    id: UUID
    subscription_id: UUID
    tenant_id: UUID


def next_number(tenant_id: UUID, entity_id: str) -> int:
    """The entity's next number. Whoever publishes about the same entity waits until this transaction ends."""
    ((number,),) = sql.rows(
        """INSERT INTO webhook_entity_sequences AS s (tenant_id, entity_id, last) VALUES (%s, %s, 1)
           ON CONFLICT (tenant_id, entity_id) DO UPDATE SET last = s.last + 1 RETURNING last""",
        [tenant_id, entity_id],
    )
    return int(number)


def busy(subscriptions: Sequence[UUID], entity_id: str) -> set[UUID]:
    """Those of the subscriptions to which something about the entity is still to be delivered."""
    among, ids = sql.among(subscriptions)
    found = sql.rows(
        f"""SELECT DISTINCT d.subscription_id FROM webhook_deliveries d
            WHERE d.subscription_id {among} AND d.order_key = %s AND {_unfinished("d")}""",
        [*ids, entity_id],
    )
    return {sql.as_uuid(row[0]) for row in found}


def release_next(ended: Iterable[tuple[UUID, str]], now: datetime) -> list[Released]:
    """Deliveries of these subscriptions and entities ended: let the next of each go."""
    released = []
    for subscription_id, entity_id in sorted(set(ended)):
        won = sql.rows(
            f"""UPDATE webhook_deliveries SET held = NULL, updated_at = %s
                WHERE held = 'order' AND id = (
                    SELECT d.id FROM webhook_deliveries d
                    WHERE d.subscription_id = %s AND d.order_key = %s AND {_unfinished("d")}
                    ORDER BY d.order_seq LIMIT 1)
                RETURNING id, subscription_id, tenant_id""",
            [now, subscription_id, entity_id],
        )
        released += [Released(*map(sql.as_uuid, row)) for row in won]
    return released


def forget(entities: Iterable[tuple[UUID, str]]) -> None:
    """Forget the numbers of these entities (tenant and id) unless something in their order is unfinished.

    Whoever publishes about one of them meanwhile has taken a number, so that its row is not the one that was read.
    """
    batch = sorted(entities)
    if not batch:
        return
    relation, params = sql.relation(batch, ("uuid", "text"))
    done = sql.rows(
        f"""SELECT s.id, s.last FROM {relation}
            JOIN webhook_entity_sequences s ON s.tenant_id = o.column1 AND s.entity_id = o.column2
            WHERE NOT EXISTS (
                SELECT 1 FROM webhook_deliveries d JOIN webhook_subscriptions u ON u.id = d.subscription_id
                WHERE u.tenant_id = s.tenant_id AND d.order_key = s.entity_id AND {_unfinished("d")})""",
        params,
    )
    if done:
        relation, params = sql.relation(done, ("bigint", "bigint"))
        sql.execute(
            f"DELETE FROM webhook_entity_sequences WHERE (id, last) IN (SELECT column1, column2 FROM {relation})",
            params,
        )


def release_stuck(now: datetime, limit: int = 1000) -> int:
    """Let go whoever is first of its key and still waits: it was published while the one before it ended."""
    first = f"""SELECT d.id FROM webhook_deliveries d WHERE d.held = 'order' AND {_unfinished("d")}
                AND NOT EXISTS (
                    SELECT 1 FROM webhook_deliveries e
                    WHERE e.subscription_id = d.subscription_id AND e.order_key = d.order_key
                      AND e.order_seq < d.order_seq AND {_unfinished("e")})
                LIMIT %s"""
    return len(
        sql.rows(
            f"UPDATE webhook_deliveries SET held = NULL, updated_at = %s WHERE id IN ({first}) RETURNING id",
            [now, limit],
        )
    )
