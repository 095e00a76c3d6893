"""The event types: what can be published and subscribed to, each with its description, schema and example.

Whoever publishes declares its event types beside the code that publishes them and registers them when its app is ready.
Payloads are made from the model that the schema is made from, so the two cannot drift.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, WithJsonSchema
from pydantic.json_schema import GenerateJsonSchema

from rest.schemas import Time

# RFC 3339 in UTC with six decimals and a Z, as everywhere in the API.
Timestamp = Annotated[Time, WithJsonSchema({"type": "string", "format": "date-time"})]


class EventData(BaseModel):
    """The `data` of an event: the thing it is about. Receivers hold us to it, so fields are only ever added."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID


D = TypeVar("D", bound=EventData)


@dataclass(frozen=True, slots=True)
class EventType(Generic[D]):
    """`name` is `thing.happened`, `description` says when it is published, `data` is the payload's model."""

    name: str
    description: str
    data: type[D]
    example: D

    @property
    def family(self) -> str:
        """The pattern that covers all types of the same thing, e.g. `invoice.*`."""
        return self.name.partition(".")[0] + ".*"

    def schema(self) -> dict[str, Any]:
        """The JSON Schema (2020-12) of `data`."""
        return _schema(self.data)

    def example_json(self) -> dict[str, Any]:
        """The example as it is sent."""
        return self.example.model_dump(mode="json")


class SubscriptionTestData(EventData):
    """The subscription that is tested."""

    message: str
    url: str


# Sent by the test button to one subscription, whatever it subscribes to. It is not registered: nobody can subscribe to
# it, and who picks from the list of event types is offered nothing that would be refused.
TEST = EventType(
    "webhook.test",
    "Somebody asked for a test of a subscription.",
    SubscriptionTestData,
    SubscriptionTestData(
        id=UUID("019ab60f-9d01-7bb2-8c3a-6a5b4c3d2e1f"),
        message="This is a test delivery.",
        url="https://hooks.example.com/erp",
    ),
)


class SubscriptionDisabledData(EventData):
    """The subscription that was disabled, and why: `gone` or `failing`."""

    url: str
    description: str
    reason: str


# Sent to the tenant's other subscriptions of everything (`*`). Not registered, for the same reason.
DISABLED = EventType(
    "webhook.disabled",
    "A subscription was disabled because its receiver answered 410, or only failed for days.",
    SubscriptionDisabledData,
    SubscriptionDisabledData(
        id=UUID("019ab60f-9d01-7bb2-8c3a-6a5b4c3d2e1f"),
        url="https://hooks.example.com/erp",
        description="Ledger",
        reason="failing",
    ),
)
# What this system says of itself, beside what the ERP publishes.
OPERATIONAL = (TEST, DISABLED)
# When everything in the examples happened.
EXAMPLE_TIME = datetime(2026, 1, 31, 12, tzinfo=UTC)

_registered: dict[str, EventType[Any]] = {}


def register(*event_types: EventType[Any]) -> None:
    """Make event types known; called when an app is ready. Raises ValueError for a name that is taken."""
    for event_type in event_types:
        if _registered.setdefault(event_type.name, event_type) is not event_type:
            raise ValueError(f"there is an event type {event_type.name!r} already")


def registered() -> tuple[EventType[Any], ...]:
    """The event types that can be published, in the order of their registration."""
    return tuple(_registered.values())


def is_registered(event_type: EventType[Any]) -> bool:
    return _registered.get(event_type.name) is event_type


def names() -> tuple[str, ...]:
    """The names of the registered event types."""
    return tuple(_registered)


def patterns() -> tuple[str, ...]:
    """What a subscription may name besides event types: everything, and each family."""
    return ("*", *sorted({event_type.family for event_type in registered()}))


def check_pattern(pattern: str) -> None:
    """Raise ValueError when `pattern` is neither an event type nor one of the patterns."""
    if pattern not in _registered and pattern not in patterns():
        raise ValueError(f"unknown event type {pattern!r}; use one of {', '.join(names())}, or {', '.join(patterns())}")


class _WithoutTitles(GenerateJsonSchema):
    """A title made of a field's name says nothing that the name does not."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


@cache
def _schema(data: type[EventData]) -> dict[str, Any]:
    schema = data.model_json_schema(mode="serialization", schema_generator=_WithoutTitles)
    return {"$schema": GenerateJsonSchema.schema_dialect, **schema}
