"""Room for all tenants: whose logs give way when they are too much together. Pure."""

from __future__ import annotations

from collections.abc import Collection


def level(sizes: Collection[int], limit: int) -> int | None:
    """The size that nobody may exceed so that all together fit, None when they do: small ones are left alone.

    The greatest whole L with `sum(min(size, L)) <= limit`; like water over steps of different heights.
    """
    for count, size in zip(range(len(sizes), 0, -1), sorted(sizes), strict=True):
        share = limit // count
        if size > share:
            return share
        limit -= size
    return None
