"""Answers kept for a moment: many windows ask for the same figures each second."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from django.core.cache import cache

T = TypeVar("T")

SECONDS = 1.5
# What took long to find is kept longer, so that finding it takes a twentieth of the time at most, but no longer than
# anybody would wait.
TIMES_AS_LONG = 20
LONGEST_SECONDS = 10.0


def remembered(key: str, find: Callable[[], T]) -> T:
    """What `find` returned lately for this key (not None)."""
    known: T | None = cache.get(key)
    if known is not None:
        return known
    started = time.perf_counter()
    found = find()
    took = time.perf_counter() - started
    cache.set(key, found, max(SECONDS, min(TIMES_AS_LONG * took, LONGEST_SECONDS)))
    return found
