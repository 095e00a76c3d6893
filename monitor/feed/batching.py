"""Rows on their way into one `batch` message: merged over time with `frame_ms`, over frames when catching up."""

from __future__ import annotations

from dataclasses import dataclass, field

from monitor.feed import frames
from monitor.feed.frames import Row
from monitor.feed.limits import MAX_BATCH_ROWS


@dataclass(slots=True)
class PendingBatch:
    """`frame_seconds`: how long rows are gathered; `empty_seconds`: how long an interval without a matching row may
    stay untold. Times are seconds of any monotonic clock."""

    frame_seconds: float
    empty_seconds: float
    first: int = 0
    last: int = 0
    dropped: int = 0
    rows: list[Row] = field(default_factory=list)
    _due: float | None = None

    @property
    def full(self) -> bool:
        """No more rows should be added."""
        return len(self.rows) >= MAX_BATCH_ROWS

    def has_room(self, rows: int) -> bool:
        """Whether that many more rows fit."""
        return len(self.rows) + rows <= MAX_BATCH_ROWS

    def add(self, first: int, last: int, rows: list[Row], dropped: int, now: float) -> None:
        """`first` to `last` were examined, `rows` matched, and `dropped` more that matched were shed."""
        if self._due is None:
            self.first = first
            self._due = now + self.empty_seconds
        if (rows or dropped) and not (self.rows or self.dropped):
            self._due = now + self.frame_seconds
        self.last = last
        self.rows.extend(rows)
        self.dropped += dropped

    def due_in(self, now: float) -> float | None:
        """Seconds until it should be sent, None when there is nothing to tell."""
        if self._due is None:
            return None
        return 0.0 if self.full else max(0.0, self._due - now)

    def take(self) -> str:
        """The message; begins anew. Only when there is something to tell."""
        text = frames.batch(self.first, self.last, self.rows, self.dropped)
        self.clear()
        return text

    def clear(self) -> None:
        """Forget what was gathered."""
        self.rows = []
        self.dropped = 0
        self._due = None
