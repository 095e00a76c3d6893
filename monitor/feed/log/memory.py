"""The feed log of the embedded mode, in memory. To be used on one event loop only."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from monitor.feed.frames import Frame
from monitor.feed.log import IDLE_SECONDS, MAX_UNLOGGED, Bounds, Lost, Page, Piece, Unlogged, new_epoch


@dataclass
class _TenantLog:
    used_at: float
    epoch: str = field(default_factory=new_epoch)
    head: int = 0
    frames: deque[Frame] = field(default_factory=deque)
    appended: dict[str, tuple[int, Frame]] = field(default_factory=dict)
    settled: dict[str, int] = field(default_factory=dict)
    unlogged: deque[Unlogged] = field(default_factory=lambda: deque(maxlen=MAX_UNLOGGED))
    announced: int = 0


class MemoryFeedLog:
    """`keep`: attempts of a tenant that are kept at least; trimmed by whole frames. `clock` gives seconds."""

    def __init__(self, keep: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._keep = keep
        self._clock = clock
        self._logs: OrderedDict[UUID, _TenantLog] = OrderedDict()  # the longest unused first

    async def append(self, tenant_id: UUID, piece: Piece) -> Frame:
        log = self._log(tenant_id)
        number, before = log.appended.get(piece.writer, (None, None))
        if before and number == piece.number:
            return before
        frame = Frame(log.epoch, log.head + 1, log.head + piece.rows, rows_json=piece.rows_json)
        log.head = frame.last
        log.frames.append(frame)
        log.appended[piece.writer] = (piece.number, frame)
        log.settled[piece.writer] = max(piece.through, log.settled.get(piece.writer, 0))
        while log.frames[0].last <= log.head - self._keep:
            log.frames.popleft()
        return frame

    async def add_unlogged(self, tenant_id: UUID, lost: Lost) -> int:
        log = self._log(tenant_id)
        settled, total = log.settled.get(lost.writer, 0), 0
        for through, n in lost.parts:
            total += max(0, min(through - settled, n))
            settled = max(settled, through)
        log.settled[lost.writer] = settled
        if total:
            log.announced += 1
            log.unlogged.append(Unlogged(log.announced, log.head, total))
        return total

    async def read(self, tenant_id: UUID, after: int, limit: int) -> Page:
        log = self._log(tenant_id)
        found: list[Frame] = []
        # From the newest backwards: most readers are only a few frames behind.
        for frame in reversed(log.frames):
            if frame.last <= after:
                break
            found.append(frame)
        return Page(log.epoch, found[::-1][:limit])

    async def bounds(self, tenant_id: UUID) -> Bounds:
        log = self._log(tenant_id)
        oldest = log.frames[0].first if log.frames else log.head + 1
        return Bounds(log.epoch, oldest, log.head, tuple(log.unlogged))

    async def aclose(self) -> None:
        pass

    def _log(self, tenant_id: UUID) -> _TenantLog:
        now = self._clock()
        log = self._logs.setdefault(tenant_id, _TenantLog(now))
        log.used_at = now
        self._logs.move_to_end(tenant_id)
        while next(iter(self._logs.values())).used_at < now - IDLE_SECONDS:
            self._logs.popitem(last=False)
        return log
