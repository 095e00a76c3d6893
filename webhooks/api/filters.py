"""Filters that several lists have: event types, and when a row was created."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Annotated, Any, TypeVar

from django.db.models import Model, Q, QuerySet
from pydantic import Field, WithJsonSchema

from rest.lists import parts_of
from rest.problems import invalid
from rest.schemas import Moment
from tenancy.ids import first_id_at
from webhooks.event_types import OPERATIONAL, check_pattern, names, patterns

M = TypeVar("M", bound=Model)
_OPERATIONAL = tuple(event_type.name for event_type in OPERATIONAL)

# How long after its `created_at` a row may have got its id.
SLACK = timedelta(minutes=1)


def list_of(*items: str) -> str:
    """A pattern of comma-separated items, or nothing."""
    item = f"({'|'.join(items)})"
    return f"^({item}(,{item})*)?$"


def _time(description: str) -> WithJsonSchema:
    """Absent or a time; a query has no null."""
    return WithJsonSchema({"type": "string", "format": "date-time", "description": description})


def _known_events(schema: dict[str, Any]) -> None:
    """Asked for when the document is made: event types register after this module is read."""
    schema["pattern"] = list_of(*map(re.escape, [*names(), *patterns(), *_OPERATIONAL]))


EventTypes = Annotated[
    str,
    Field(
        "",
        description="event types or families, e.g. `payment.received,invoice.*`",
        json_schema_extra=_known_events,
    ),
]
Since = Annotated[Moment | None, Field(None), _time("created at or after")]
Until = Annotated[Moment | None, Field(None), _time("created before")]


def of_event_types(column: str, text: str) -> Q:
    """The rows whose `column` is one of these types, or of one of these families.

    A family as its types: row-level security lets no index be used for a LIKE.
    """
    wanted: set[str] = set()
    for pattern in parts_of(column, text):
        try:
            if pattern not in _OPERATIONAL:
                check_pattern(pattern)
        except ValueError as exc:
            raise invalid(column, str(exc)) from exc
        if pattern == "*":
            return Q()
        family = pattern.removesuffix("*")
        wanted |= {name for name in names() if name.startswith(family)} if family != pattern else {pattern}
    return Q(**{f"{column}__in": sorted(wanted)})


def created_between(rows: QuerySet[M], since: datetime | None, until: datetime | None) -> QuerySet[M]:
    """The rows with since <= created_at < until. Their ids are ordered by time."""
    if since:
        # The id's own time bounds the index scan; the exact comparison is on created_at.
        rows = rows.filter(id__gte=first_id_at(since), created_at__gte=since)
    if until:
        # An id is made a moment after `created_at` is taken. Without a bound everything newer would be walked through.
        rows = rows.filter(id__lt=first_id_at(until, SLACK), created_at__lt=until)
    return rows
