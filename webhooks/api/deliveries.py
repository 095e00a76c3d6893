"""REST: deliveries and their attempts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field, WithJsonSchema

from rest.authentication import caller
from rest.examples import answering
from rest.lists import parts_of
from rest.pagination import NextCursor, PageQuery, page
from rest.problems import conflict, invalid, not_found
from rest.schemas import Time, known_query, problems
from webhooks import publishing
from webhooks.api.filters import EventTypes, Since, Until, created_between, list_of, of_event_types
from webhooks.models import (
    Attempt,
    Circuit,
    CircuitState,
    Delivery,
    DeliveryStatus,
    Subscription,
    circuit_states,
    delivery_states,
    ordering,
)
from webhooks.models.delivery import FINAL, WAITING

router = Router(tags=["Deliveries"])

# How a delivery that was not attempted yet differs from the example of its schema.
FRESH = {"status": "PENDING", "attempt_count": 0, "last_error": None, "http_status": None}

MAX_REPLAYS = 20
_ID_PATTERN = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


class DeliveryQuery(PageQuery):
    """Lists are comma-separated; all filters must match."""

    status: Annotated[
        str,
        Field("", description="e.g. `FAILED,RETRYING`", json_schema_extra={"pattern": list_of(*DeliveryStatus.values)}),
    ]
    event: EventTypes
    subscription: Annotated[
        str, Field("", description="subscription ids", json_schema_extra={"pattern": list_of(_ID_PATTERN)})
    ]
    event_id: Annotated[
        UUID | None,
        Field(None),
        # Absent or an id; a query has no null.
        WithJsonSchema({"type": "string", "format": "uuid", "description": "of this one event"}),
    ]
    since: Since
    until: Until


class DeliveryOut(Schema):
    """One event to one subscription."""

    id: UUID
    event: str = Field(examples=["payment.received"])
    event_id: UUID = Field(validation_alias="source_id")
    subscription_id: UUID
    status: DeliveryStatus = Field(examples=["RETRYING"])
    attempt_count: int
    max_attempts: int = Field(examples=[4])
    next_attempt_at: Time | None
    held: str | None = Field(
        description="why it waits although its time has come: `inactive` while the subscription is, `circuit` while "
        "its attempts mostly fail, `order` while an earlier one about the same entity is not done; else null",
        examples=[None],
    )
    last_error: str | None = Field(examples=["http_5xx: 503 Service Unavailable"])
    http_status: int | None = Field(examples=[503])
    replay_of: UUID | None = Field(description="the delivery that this one repeats", examples=[None])
    created_at: Time
    updated_at: Time
    delivered_at: Time | None = Field(examples=[None])

    @staticmethod
    def resolve_held(delivery: Delivery) -> str | None:
        return delivery.why_held()


class AttemptOut(Schema):
    """One HTTP try. Sensitive response headers are redacted, the body is cut at 16 KB."""

    number: int
    started_at: Time
    duration_ms: int | None = Field(description="null when nobody saw its end", examples=[87])
    http_status: int | None = Field(examples=[503])
    outcome: str = Field(examples=["http_5xx"])
    error: str | None = Field(examples=["http_5xx: 503 Service Unavailable"])
    request_headers: dict[str, str] = Field(examples=[{"x-event": "payment.received", "x-attempt": "1"}])
    response_headers: dict[str, str] = Field(examples=[{"retry-after": "1"}])
    response_body: str = Field(examples=["busy"])
    response_truncated: bool = Field(description="the answer was longer", examples=[False])
    request_bytes: int | None = Field(description="size of the body that was sent", examples=[512])
    response_bytes: int | None = Field(description="how much of the answer's body was read", examples=[4])
    timings: dict[str, int] = Field(
        description="parts of it in ms: `dns_ms`, `connect_ms` (TLS included) and `first_byte_ms`; a part that there "
        "was not is absent, as the first two on a connection that was kept alive",
        examples=[{"dns_ms": 4, "connect_ms": 31, "first_byte_ms": 48}],
    )


class OpeningOut(Schema):
    """A time in which the circuit was open: attempts were held, but for probes."""

    opened_at: Time = Field(description="when too many of its attempts had failed")
    closed_at: Time | None = Field(description="null while it is open", examples=[None])


class ReplayOut(Schema):
    """A later delivery that repeats this one."""

    id: UUID
    status: DeliveryStatus = Field(description="as of a delivery", examples=["DELIVERED"])
    created_at: Time = Field(description="when it was asked for")


class DeliveryWithAttempts(DeliveryOut):
    """One event to one subscription, every attempt of it, and what kept it waiting."""

    attempts: list[AttemptOut]
    circuit_openings: list[OpeningOut] = Field(
        description="when the circuit of its subscription was open during its life, oldest first; of more than 100 the "
        "newest"
    )
    replays: list[ReplayOut] = Field(
        description="deliveries that repeat this one, oldest first; of more than 20 the newest"
    )
    next_probe_at: Time | None = Field(
        description="while its circuit is open: when the next delivery to the subscription is tried", examples=[None]
    )

    @staticmethod
    def resolve_attempts(delivery: Delivery) -> QuerySet[Attempt]:
        return delivery.attempts.order_by("number")

    @staticmethod
    def resolve_circuit_openings(delivery: Delivery) -> list[circuit_states.Opening]:
        until = delivery.updated_at if delivery.status in FINAL else datetime.now(UTC)
        return circuit_states.openings(delivery.subscription_id, delivery.created_at, until)

    @staticmethod
    def resolve_replays(delivery: Delivery) -> list[Delivery]:
        # By its event: there is no index of what is replayed.
        repeating = Delivery.objects.filter(source_id=delivery.source_id, replay_of=delivery.id)
        return list(repeating.order_by("-id")[:MAX_REPLAYS])[::-1]

    @staticmethod
    def resolve_next_probe_at(delivery: Delivery) -> datetime | None:
        circuit = Circuit.objects.filter(subscription_id=delivery.subscription_id, state=CircuitState.OPEN).first()
        return circuit.probe_at if circuit and delivery.status in WAITING else None


class DeliveryPage(Schema):
    """Deliveries, newest first."""

    items: list[DeliveryOut]
    next_cursor: NextCursor


@router.get("", response={200: DeliveryPage, **problems()}, summary="List deliveries")
def list_deliveries(request: HttpRequest, query: Query[DeliveryQuery]) -> dict[str, Any]:
    """Newest first."""
    known_query(request, query)
    one_of = ("subscription_id", _subscriptions(query.subscription)) if query.subscription else None
    return page(_filtered(caller(request).tenant_id, query), query, one_of=one_of)


@router.get("/{id:delivery_id}", response={200: DeliveryWithAttempts, **problems(404)}, summary="Get a delivery")
def get_delivery(request: HttpRequest, delivery_id: UUID) -> Delivery:
    """With its attempts, by number, and the times in which its circuit was open."""
    return _own(request, delivery_id)


@router.post(
    "/{id:delivery_id}/retry",
    response={202: DeliveryOut, **problems(404, 409)},
    summary="Retry a delivery",
    openapi_extra=answering(replay_of="019ab60f-9d01-7bb2-8c3a-6a5b4c3d2e20", **FRESH),
)
def retry_delivery(request: HttpRequest, delivery_id: UUID) -> Status[Any]:
    """A waiting delivery becomes due now. A finished one is delivered again as a new delivery with `replay_of`."""
    delivery = _own(request, delivery_id)
    subscription = Subscription.objects.filter(id=delivery.subscription_id).first()
    if subscription is None:
        raise conflict("the subscription of this delivery was deleted; there is nowhere to send it")
    if delivery.status in FINAL:
        return Status(202, publishing.replay(delivery))
    if not delivery_states.make_due(delivery.id, datetime.now(UTC)):
        raise conflict("an attempt of this delivery is under way; retry it when the attempt has ended")
    delivery.refresh_from_db()
    circuit_states.probe_now(delivery.subscription_id, datetime.now(UTC))
    publishing.wake([delivery])
    return Status(202, delivery)


@router.post(
    "/{id:delivery_id}/cancel",
    response={202: DeliveryOut, **problems(404, 409)},
    summary="Cancel a delivery",
    openapi_extra=answering(status="CANCELLED", next_attempt_at=None),
)
def cancel_delivery(request: HttpRequest, delivery_id: UUID) -> Status[Any]:
    """Only while it waits."""
    delivery = _own(request, delivery_id)
    now = datetime.now(UTC)
    with transaction.atomic():
        if not delivery_states.cancel(delivery.id, now):
            delivery.refresh_from_db()
            raise conflict(f"only a waiting delivery can be cancelled; this one is {delivery.status}")
        if delivery.order_key is not None:
            next_in_order = ordering.release_next([(delivery.subscription_id, delivery.order_key)], now)
            publishing.wake_released(next_in_order, now)
    delivery.refresh_from_db()
    return Status(202, delivery)


def _own(request: HttpRequest, delivery_id: UUID) -> Delivery:
    delivery: Delivery | None = Delivery.objects.filter(tenant_id=caller(request).tenant_id, id=delivery_id).first()
    if delivery is None:
        raise not_found("delivery")
    return delivery


def _filtered(tenant_id: UUID, query: DeliveryQuery) -> QuerySet[Delivery]:
    rows: QuerySet[Delivery] = Delivery.objects.with_hold().filter(tenant_id=tenant_id)
    if query.status:
        rows = rows.filter(status__in=_statuses(query.status))
    if query.event:
        rows = rows.filter(of_event_types("event", query.event))
    if query.event_id:
        rows = rows.filter(source_id=query.event_id)
    return created_between(rows, query.since, query.until)


def _statuses(text: str) -> list[str]:
    statuses = [part.upper() for part in parts_of("status", text)]
    for status in statuses:
        if status not in DeliveryStatus.values:
            raise invalid("status", f"unknown status {status!r}; use {', '.join(DeliveryStatus.values)}")
    return statuses


def _subscriptions(text: str) -> set[UUID]:
    try:
        return {UUID(part) for part in parts_of("subscription", text)}
    except ValueError as exc:
        raise invalid("subscription", "not a subscription id") from exc
