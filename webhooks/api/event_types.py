"""REST: the event types that can be subscribed to."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from rest.schemas import known_query, problems
from webhooks.event_types import EventType, registered

router = Router(tags=["Event types"])


class EventTypeOut(Schema):
    """Something that can happen, and what receivers are told of it."""

    name: str = Field(examples=["invoice.sent"])
    description: str = Field(description="when it is published", examples=["An invoice was sent to the customer."])
    # Another name in Python: `schema` is one of pydantic's own.
    data_schema: dict[str, Any] = Field(
        serialization_alias="schema",
        description="JSON Schema (2020-12) of `data` in the webhook's body",
        examples=[{"type": "object", "required": ["id"], "properties": {"id": {"type": "string", "format": "uuid"}}}],
    )
    example: dict[str, Any] = Field(
        description="a `data` of this type", examples=[{"id": "019ab613-0c2d-7e4f-8a1b-3c5d7e9f1a2b"}]
    )


class EventTypeList(Schema):
    """All event types."""

    items: list[EventTypeOut]


@router.get("", response={200: EventTypeList, **problems()}, summary="List event types", by_alias=True)
def list_event_types(request: HttpRequest) -> dict[str, Any]:
    """All that can be subscribed to, with the schema and an example of each payload.

    A payload that would be too large (256 KB by default) is sent as `{"id", "truncated": true}` instead. `webhook.test`
    is not among the types: it is sent by a subscription's test alone.
    """
    known_query(request, Schema())
    return {"items": [_out(event_type) for event_type in registered()]}


def _out(event_type: EventType[Any]) -> EventTypeOut:
    return EventTypeOut(
        name=event_type.name,
        description=event_type.description,
        data_schema=event_type.schema(),
        example=event_type.example_json(),
    )
