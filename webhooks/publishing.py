"""Publishing: an event and its deliveries are written in the caller's own transaction (a transactional outbox).

After the commit one Huey message wakes a worker. When the queue is down the message is lost and nothing else: the
rows are there, and an idle worker finds them in the table within about a second.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

import orjson
import structlog
from django.conf import settings
from django.db import connection, transaction

from rest import request_ids, tracing
from tenancy.ids import new_id
from webhooks import event_types, tasks
from webhooks.dispatching.refs import Ref
from webhooks.event_types import EventData, EventType
from webhooks.models import Delivery, Event, Held, Subscription, circuit_states, ordering
from webhooks.models.ordering import Released

logger = structlog.get_logger(__name__)

# The message stays below a few kilobytes, and a burst spreads over the workers.
IDS_PER_MESSAGE = 100
D = TypeVar("D", bound=EventData)
SECRETS = ("secret", "former_secrets")


def publish(tenant_id: UUID, event_type: EventType[D], data: D, *, now: datetime | None = None) -> Event:
    """Record that something happened to the thing in `data` and fan it out to the tenant's subscriptions.

    Must run inside the transaction that changed the thing: both are committed or neither is.
    Raises ValueError for an event type that is not registered and TransactionManagementError outside a transaction.
    """
    if not event_types.is_registered(event_type):
        raise ValueError(f"unknown event type {event_type.name!r}")
    subscriptions = Subscription.objects.filter(tenant_id=tenant_id, active=True).order_by("id").defer(*SECRETS)
    matching = [subscription for subscription in subscriptions if subscription.matches(event_type.name)]
    return _publish(tenant_id, event_type.name, data, matching, now)[0]


def publish_test(subscription: Subscription) -> Delivery:
    """Send a `webhook.test` event to this one subscription; visible like any other delivery.

    Raises Subscription.DoesNotExist when it was deleted meanwhile.
    """
    with transaction.atomic():
        # Locked, as below, and to see whether it is active now.
        subscription = Subscription.objects.select_for_update().get(id=subscription.id)
        test = event_types.TEST
        circuit_states.probe_now(subscription.id, datetime.now(UTC))
        data = test.example.model_copy(update={"id": subscription.id, "url": subscription.url})
        return _publish(subscription.tenant_id, test.name, data, [subscription], None, in_order=False)[1][0]


def publish_disabled(subscription: Subscription, now: datetime) -> Event:
    """Tell the tenant's other subscriptions of everything that this one was disabled, within that transaction."""
    others = Subscription.objects.filter(tenant_id=subscription.tenant_id, active=True).exclude(id=subscription.id)
    data = event_types.SubscriptionDisabledData(
        id=subscription.id,
        url=subscription.url,
        description=subscription.description,
        reason=subscription.disabled_reason,
    )
    matching = [other for other in others.order_by("id").defer(*SECRETS) if "*" in other.events]
    return _publish(subscription.tenant_id, event_types.DISABLED.name, data, matching, now)[0]


def replay(original: Delivery) -> Delivery:
    """Deliver a finished delivery's event again, as a new delivery with the same `webhook-id`.

    Raises Subscription.DoesNotExist or Event.DoesNotExist when one of them went meanwhile.
    """
    now = datetime.now(UTC)
    with transaction.atomic():
        # Locked: a deletion at the same time must find the new delivery, or come first.
        subscription = Subscription.objects.select_for_update().get(id=original.subscription_id)
        # Locked: a pruning at the same time must pass over the event, or come first.
        Event.objects.select_for_update().only("id").get(id=original.source_id)
        circuit_states.probe_now(subscription.id, now)
        (delivery,) = _fan_out(original.source_id, original.tenant_id, original.event, [subscription], now)
        Delivery.objects.filter(id=delivery.id).update(replay_of=original.id)
        delivery.replay_of = original.id
    return delivery


def wake(deliveries: list[Delivery]) -> None:
    """Tell the workers about waiting deliveries once the transaction commits."""
    refs = [
        Ref(d.id, d.subscription_id, d.tenant_id, d.next_attempt_at.timestamp())
        for d in deliveries
        if d.next_attempt_at and d.held is None
    ]
    _wake(refs)


def wake_released(released: list[Released], now: datetime) -> None:
    """Tell the workers about deliveries whose turn has come once the transaction commits."""
    _wake([Ref(each.id, each.subscription_id, each.tenant_id, now.timestamp()) for each in released])


def _publish(
    tenant_id: UUID,
    event_type: str,
    data: EventData,
    subscriptions: list[Subscription],
    now: datetime | None,
    *,
    in_order: bool = True,
) -> tuple[Event, list[Delivery]]:
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("publish() must run inside the transaction that made the change")
    now = now or datetime.now(UTC)
    event_id = new_id()
    attributes = {"webhook.event.id": str(event_id), "webhook.event.type": event_type, "tenant.id": str(tenant_id)}
    with tracing.span("producer", f"publish {event_type}", attributes) as span:
        event = Event.objects.create(
            id=event_id,
            tenant_id=tenant_id,
            type=event_type,
            entity_id=str(data.id),
            body=_body(event_id, tenant_id, event_type, data, now),
            occurred_at=now,
            created_at=now,
            request_id=request_ids.current(),
            traceparent=span.traceparent if span else None,
        )
        return event, _fan_out(event_id, tenant_id, event_type, subscriptions, now, str(data.id) if in_order else None)


def _body(event_id: UUID, tenant_id: UUID, event_type: str, data: EventData, now: datetime) -> str:
    """The JSON text that is sent. A payload over the limit is stored thin, so that it never rolls back business."""
    envelope: dict[str, Any] = {"id": event_id, "type": event_type, "timestamp": now, "tenant_id": tenant_id}
    body = orjson.dumps({**envelope, "data": orjson.Fragment(data.model_dump_json())}, option=orjson.OPT_UTC_Z)
    if len(body) > settings.WEBHOOK_MAX_PAYLOAD_BYTES:
        logger.warning("payload_truncated", event_id=str(event_id), event_type=event_type, bytes=len(body))
        body = orjson.dumps({**envelope, "data": {"id": data.id, "truncated": True}}, option=orjson.OPT_UTC_Z)
    return body.decode()


def _fan_out(
    event_id: UUID,
    tenant_id: UUID,
    event_type: str,
    subscriptions: list[Subscription],
    now: datetime,
    order_key: str | None = None,
) -> list[Delivery]:
    """A delivery for each subscription. `order_key`: the entity, for those that want its events in order."""
    ordered = [s.id for s in subscriptions if s.ordering == ordering.ENTITY] if order_key else []
    number = ordering.next_number(tenant_id, order_key) if ordered and order_key else None
    behind = ordering.busy(ordered, order_key) if ordered and order_key else set()
    deliveries = Delivery.objects.bulk_create(
        Delivery(
            tenant_id=tenant_id,
            source_id=event_id,
            subscription_id=subscription.id,
            event=event_type,
            max_attempts=1 + len(subscription.schedule),
            next_attempt_at=now,
            held=_held(subscription, behind),
            order_key=order_key if subscription.id in ordered else None,
            order_seq=number if subscription.id in ordered else None,
            created_at=now,
            updated_at=now,
        )
        for subscription in subscriptions
    )
    wake(deliveries)
    return deliveries


def _held(subscription: Subscription, behind: set[UUID]) -> str | None:
    if subscription.id in behind:
        return Held.ORDER
    return None if subscription.active else Held.INACTIVE


def _wake(refs: list[Ref]) -> None:
    if refs:
        transaction.on_commit(lambda: _enqueue(refs))


def _enqueue(refs: list[Ref]) -> None:
    for start in range(0, len(refs), IDS_PER_MESSAGE):
        tasks.waker.wake(refs[start : start + IDS_PER_MESSAGE])
