"""The feed log of the embedded mode, in memory. To be used on one event loop only."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from monitor.feed.frames import Frame
from monitor.feed.log import IDLE_SECONDS, MAX_UNLOGGED, Bounds, Lost, Page, Piece, Unlogged, new_epoch


class _Kept(NamedTuple):
    """A frame as it is kept: a `Frame` holds its rows and text too once somebody has asked for them."""

    first: int
    last: int
    rows_json: bytes


@dataclass
class _TenantLog:
    used_at: float
    epoch: str = field(default_factory=new_epoch)
    head: int = 0
    frames: deque[_Kept] = field(default_factory=deque)
    bytes: int = 0
    appended: dict[str, tuple[int, int, int]] = field(default_factory=dict)  # number, first, last
    settled: dict[str, int] = field(default_factory=dict)
    unlogged: deque[Unlogged] = field(default_factory=lambda: deque(maxlen=MAX_UNLOGGED))
    announced: int = 0


class MemoryFeedLog:
    """`keep`: attempts of a tenant that are kept at least, as long as all tenants' rows fit into `limit` bytes; trimmed
    by whole frames. `clock` gives seconds."""

    def __init__(self, keep: int, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._keep = keep
        self._limit = limit
        self._clock = clock
        self._bytes = 0
        self._logs: OrderedDict[UUID, _TenantLog] = OrderedDict()  # the longest unused first

    async def append(self, tenant_id: UUID, piece: Piece) -> Frame:
        log = self._log(tenant_id)
        number, first, last = log.appended.get(piece.writer, (None, 0, 0))
        if number != piece.number:
            first, last = log.head + 1, log.head + piece.rows
            log.head = last
            log.appended[piece.writer] = (piece.number, first, last)
            log.settled[piece.writer] = max(piece.through, log.settled.get(piece.writer, 0))
            self._add(log, _Kept(first, last, piece.rows_json))
        return Frame(log.epoch, first, last, rows_json=piece.rows_json)

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
        for first, last, rows_json in reversed(log.frames):
            if last <= after:
                break
            found.append(Frame(log.epoch, first, last, rows_json=rows_json))
        return Page(log.epoch, found[::-1][:limit])

    async def bounds(self, tenant_id: UUID) -> Bounds:
        log = self._log(tenant_id)
        oldest = log.frames[0].first if log.frames else log.head + 1
        return Bounds(log.epoch, oldest, log.head, tuple(log.unlogged))

    async def make_room(self) -> None:
        """There always is: `append` sees to it."""

    async def aclose(self) -> None:
        pass

    def _add(self, log: _TenantLog, frame: _Kept) -> None:
        log.frames.append(frame)
        log.bytes += len(frame.rows_json)
        self._bytes += len(frame.rows_json)
        while log.frames[0].last <= log.head - self._keep:
            self._drop_oldest(log)
        while self._bytes > self._limit:
            self._drop_oldest(max(self._logs.values(), key=lambda each: each.bytes))

    def _drop_oldest(self, log: _TenantLog) -> None:
        dropped = len(log.frames.popleft().rows_json)
        log.bytes -= dropped
        self._bytes -= dropped

    def _log(self, tenant_id: UUID) -> _TenantLog:
        now = self._clock()
        log = self._logs.setdefault(tenant_id, _TenantLog(now))
        log.used_at = now
        self._logs.move_to_end(tenant_id)
        while next(iter(self._logs.values())).used_at < now - IDLE_SECONDS:
            _, idle = self._logs.popitem(last=False)
            self._bytes -= idle.bytes
        return log
