"""Refs whose time has not come: each becomes ready at its own due time, whatever the schedule's tick."""

from __future__ import annotations

import heapq

from webhooks.dispatching.refs import Ref


class Timers:
    """A bounded heap by due time. What does not fit is dropped: the table still has it, and is read every second."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._heap: list[tuple[float, Ref]] = []

    def __len__(self) -> int:
        return len(self._heap)

    def add(self, ref: Ref) -> None:
        """Keep the ref until it is due."""
        if len(self._heap) < self._capacity:
            heapq.heappush(self._heap, (ref.due, ref))

    def pop_due(self, now: float) -> list[Ref]:
        """The refs whose time has come, earliest first."""
        due = []
        while self._heap and self._heap[0][0] <= now:
            due.append(heapq.heappop(self._heap)[1])
        return due

    def next_due(self) -> float | None:
        """When the earliest ref falls due, in seconds since the epoch."""
        return self._heap[0][0] if self._heap else None
