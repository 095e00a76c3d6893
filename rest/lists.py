"""Comma-separated lists in a query."""

from __future__ import annotations

from rest.problems import invalid


def parts_of(name: str, text: str) -> list[str]:
    """The items of the list that came as the parameter `name`."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts:
        raise invalid(name, "the list has no item; leave the filter out to list everything")
    return parts
