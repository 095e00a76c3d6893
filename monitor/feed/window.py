"""Backpressure: how much a client may have been sent without having acknowledged it.

The web server has no backpressure of its own: what a client does not read would pile up in the process's memory. The
window bounds that; what is beyond it stays in the log, which all clients share.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import NamedTuple

from monitor.feed.limits import Limits


class _Sent(NamedTuple):
    last: int
    rows: int
    at: float


@dataclass(slots=True)
class _Blocked:
    since: float | None = None
    ever: bool = False


class Window:
    """Times are seconds of any monotonic clock."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._sent: deque[_Sent] = deque()
        self._rows = 0
        self._blocked = _Blocked()
        self._last = -1

    @property
    def open(self) -> bool:
        """Whether more may be sent."""
        return self._rows < self._limits.window_rows

    @property
    def was_blocked(self) -> bool:
        """Whether the client has ever been too slow for what was there to be sent."""
        return self._blocked.ever

    def sent(self, last: int, rows: int, now: float) -> None:
        """Rows up to `last` went out. A message without rows need not be acknowledged."""
        self._last = last
        if rows:
            self._sent.append(_Sent(last, rows, now))
            self._rows += rows

    def restart(self, last: int) -> None:
        """Numbers go on from `last`: nothing sent before will be acknowledged."""
        self._sent.clear()
        self._rows = 0
        # An acknowledgement of the numbers before may be under way still: it is late, not wrong.
        self._last = max(self._last, last)
        self._blocked.since = None

    def acknowledge(self, to: int) -> bool:
        """Take an `ack`; False when it names a number that was never sent."""
        if to > self._last:
            return False
        while self._sent and self._sent[0].last <= to:
            self._rows -= self._sent.popleft().rows
            self._blocked.since = None
        return True

    def wanted(self, now: float) -> None:
        """There was more to send."""
        if not self.open:
            self._blocked.ever = True
            self._blocked.since = self._blocked.since or now

    def stalled(self, now: float) -> bool:
        """Whether the client is to be given up."""
        blocked = self._blocked.since is not None and now - self._blocked.since >= self._limits.blocked_seconds
        return blocked or bool(self._sent and now - self._sent[0].at >= self._limits.unacked_seconds)
