"""REST: events, what was published."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import orjson
from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from rest.authentication import caller
from rest.pagination import NextCursor, PageQuery, page
from rest.problems import not_found
from rest.schemas import Text, Time, known_query, problems
from webhooks.api.filters import EventTypes, Since, Until, created_between, of_event_types
from webhooks.models import Event

router = Router(tags=["Events"])


class EventQuery(PageQuery):
    """All filters must match."""

    type: EventTypes
    entity: Annotated[Text, Field("", description="id of the thing the event is about")]
    since: Since
    until: Until


class EventOut(Schema):
    """One thing that happened."""

    id: UUID
    type: str = Field(examples=["payment.received"])
    entity_id: str = Field(description="the id in `data`", examples=["019ab610-41f0-7c55-93aa-0f1e2d3c4b5a"])
    occurred_at: Time
    created_at: Time
    request_id: str | None = Field(
        description="`X-Request-ID` of the API request that published it; null when none did",
        examples=["019ab610-4220-7c11-8a53-0d1c2b3a4f5e"],
    )


class EventWithBody(EventOut):
    """One thing that happened, and what receivers are told of it."""

    body: dict[str, Any] = Field(
        description="the JSON document that receivers get",
        examples=[{"id": "019ab610-422b-790a-a437-9dc6b07d5ebf", "type": "payment.received", "data": {"id": "…"}}],
    )

    @staticmethod
    def resolve_body(event: Event) -> Any:
        return orjson.loads(event.body)


class EventPage(Schema):
    """Events, newest first."""

    items: list[EventOut]
    next_cursor: NextCursor


@router.get("", response={200: EventPage, **problems()}, summary="List events")
def list_events(request: HttpRequest, query: Query[EventQuery]) -> dict[str, Any]:
    """Newest first."""
    known_query(request, query)
    rows = Event.objects.filter(tenant_id=caller(request).tenant_id).defer("body")
    if query.type:
        rows = rows.filter(of_event_types("type", query.type))
    if query.entity:
        rows = rows.filter(entity_id=query.entity)
    return page(created_between(rows, query.since, query.until), query)


@router.get("/{id:event_id}", response={200: EventWithBody, **problems(404)}, summary="Get an event")
def get_event(request: HttpRequest, event_id: UUID) -> Event:
    """With the body that is sent."""
    event = Event.objects.filter(tenant_id=caller(request).tenant_id, id=event_id).first()
    if event is None:
        raise not_found("event")
    return event
