"""REST: deliveries and their attempts."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field, WithJsonSchema

from rest.authentication import caller
from rest.pagination import NextCursor, PageQuery, page
from rest.problems import conflict, invalid, not_found
from rest.schemas import Moment, Time, known_query, problems
from tenancy.ids import first_id_at
from webhooks import publishing
from webhooks.event_types import TEST, check_pattern, names, patterns
from webhooks.models import Attempt, Delivery, DeliveryStatus, Subscription, delivery_states
from webhooks.models.delivery import FINAL

router = Router(tags=["Deliveries"])

# How long after its `created_at` a delivery may have got its id.
SLACK = timedelta(minutes=1)
_ID_PATTERN = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def _list_of(*items: str) -> str:
    """A pattern of comma-separated items, or nothing."""
    item = f"({'|'.join(items)})"
    return f"^({item}(,{item})*)?$"


def _time(description: str) -> WithJsonSchema:
    """Absent or a time; a query has no null."""
    return WithJsonSchema({"type": "string", "format": "date-time", "description": description})


def _known_events(schema: dict[str, Any]) -> None:
    """Asked for when the document is made: event types register after this module is read."""
    schema["pattern"] = _list_of(*map(re.escape, [*names(), *patterns(), TEST.name]))


class DeliveryQuery(PageQuery):
    """Lists are comma-separated; all filters must match."""

    status: Annotated[
        str,
        Field(
            "", description="e.g. `FAILED,RETRYING`", json_schema_extra={"pattern": _list_of(*DeliveryStatus.values)}
        ),
    ]
    event: Annotated[
        str,
        Field(
            "",
            description="event types or families, e.g. `payment.received,invoice.*`",
            json_schema_extra=_known_events,
        ),
    ]
    subscription: Annotated[
        str, Field("", description="subscription ids", json_schema_extra={"pattern": _list_of(_ID_PATTERN)})
    ]
    since: Annotated[Moment | None, Field(None), _time("created at or after")]
    until: Annotated[Moment | None, Field(None), _time("created before")]


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
    held: str | None = Field(description="`inactive` while the subscription is; else null", examples=[None])
    last_error: str | None = Field(examples=["http_5xx: answered 503"])
    http_status: int | None = Field(examples=[503])
    replay_of: UUID | None = Field(description="the delivery that this one repeats", examples=[None])
    created_at: Time
    updated_at: Time
    delivered_at: Time | None = Field(examples=[None])


class AttemptOut(Schema):
    """One HTTP try. Sensitive response headers are redacted, the body is cut at 16 KB."""

    number: int
    started_at: Time
    duration_ms: int | None = Field(description="null when nobody saw its end", examples=[87])
    http_status: int | None = Field(examples=[503])
    outcome: str = Field(examples=["http_5xx"])
    error: str | None = Field(examples=["answered 503"])
    request_headers: dict[str, str] = Field(examples=[{"x-event": "payment.received", "x-attempt": "1"}])
    response_headers: dict[str, str] = Field(examples=[{"retry-after": "1"}])
    response_body: str = Field(examples=["busy"])


class DeliveryWithAttempts(DeliveryOut):
    """One event to one subscription, and every attempt of it."""

    attempts: list[AttemptOut]

    @staticmethod
    def resolve_attempts(delivery: Delivery) -> QuerySet[Attempt]:
        return delivery.attempts.order_by("number")


class DeliveryPage(Schema):
    """Deliveries, newest first."""

    items: list[DeliveryOut]
    next_cursor: NextCursor


@router.get("", response={200: DeliveryPage, **problems()}, summary="List deliveries")
def list_deliveries(request: HttpRequest, query: Query[DeliveryQuery]) -> dict[str, Any]:
    """Newest first."""
    known_query(request, query)
    return page(_filtered(caller(request).tenant_id, query), query)


@router.get("/{uuid:delivery_id}", response={200: DeliveryWithAttempts, **problems(404)}, summary="Get a delivery")
def get_delivery(request: HttpRequest, delivery_id: UUID) -> Delivery:
    """With its attempts, by number."""
    return _own(request, delivery_id)


@router.post("/{uuid:delivery_id}/retry", response={202: DeliveryOut, **problems(404, 409)}, summary="Retry a delivery")
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
    publishing.wake([delivery])
    return Status(202, delivery)


@router.post(
    "/{uuid:delivery_id}/cancel", response={202: DeliveryOut, **problems(404, 409)}, summary="Cancel a delivery"
)
def cancel_delivery(request: HttpRequest, delivery_id: UUID) -> Status[Any]:
    """Only while it waits."""
    delivery = _own(request, delivery_id)
    if not delivery_states.cancel(delivery.id, datetime.now(UTC)):
        delivery.refresh_from_db()
        raise conflict(f"only a waiting delivery can be cancelled; this one is {delivery.status}")
    delivery.refresh_from_db()
    return Status(202, delivery)


def _own(request: HttpRequest, delivery_id: UUID) -> Delivery:
    delivery = Delivery.objects.filter(tenant_id=caller(request).tenant_id, id=delivery_id).first()
    if delivery is None:
        raise not_found("delivery")
    return delivery


def _filtered(tenant_id: UUID, query: DeliveryQuery) -> QuerySet[Delivery]:
    rows = Delivery.objects.filter(tenant_id=tenant_id)
    if query.status:
        rows = rows.filter(status__in=_statuses(query.status))
    if query.event:
        rows = rows.filter(_events(query.event))
    if query.subscription:
        rows = rows.filter(subscription_id__in=_subscriptions(query.subscription))
    if query.since:
        # The id's own time bounds the index scan; the exact comparison is on created_at.
        rows = rows.filter(id__gte=first_id_at(query.since), created_at__gte=query.since)
    if query.until:
        # An id is made a moment after `created_at` is taken. Without a bound everything newer would be walked through.
        rows = rows.filter(id__lt=first_id_at(query.until, SLACK), created_at__lt=query.until)
    return rows


def _parts(name: str, text: str) -> list[str]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts:
        raise invalid(name, "the list has no item; leave the filter out to list everything")
    return parts


def _statuses(text: str) -> list[str]:
    statuses = [part.upper() for part in _parts("status", text)]
    for status in statuses:
        if status not in DeliveryStatus.values:
            raise invalid("status", f"unknown status {status!r}; use {', '.join(DeliveryStatus.values)}")
    return statuses


def _events(text: str) -> Q:
    condition = Q()
    for pattern in _parts("event", text):
        try:
            if pattern != TEST.name:
                check_pattern(pattern)
        except ValueError as exc:
            raise invalid("event", str(exc)) from exc
        family = pattern.removesuffix("*")
        condition |= Q(event__startswith=family) if family != pattern else Q(event=pattern)
    return condition


def _subscriptions(text: str) -> list[UUID]:
    try:
        return [UUID(part) for part in _parts("subscription", text)]
    except ValueError as exc:
        raise invalid("subscription", "not a subscription id") from exc
