"""Filters of the ERP's lists."""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet, TextChoices

from rest.lists import parts_of
from rest.problems import invalid

M = TypeVar("M", bound=Model)


def by_status(rows: QuerySet[M], text: str, statuses: type[TextChoices]) -> QuerySet[M]:
    """The rows in one of the states of a comma-separated list; all of them when there is none."""
    if not text:
        return rows
    wanted = parts_of("status", text)
    for status in wanted:
        if status not in statuses.values:
            raise invalid("status", f"unknown status {status!r}; use {', '.join(statuses.values)}")
    return rows.filter(status__in=wanted)


def by_id(rows: QuerySet[M], name: str, wanted: UUID | None) -> QuerySet[M]:
    """The rows whose column `name` is this id; all of them when there is none."""
    return rows if wanted is None else rows.filter(**{name: wanted})
