"""A tenant's feed in one web process: one subscription to its frames, shared by all sockets that watch it.

It keeps the recent frames in memory, in order; everything older, and whatever the channel layer lost, is in the log.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import structlog
from channels.layers import get_channel_layer

from monitor.feed import frames
from monitor.feed.continuity import HOLD_SECONDS, Reorder
from monitor.feed.frames import Frame
from monitor.feed.log import Bounds, FeedLog, FeedLogUnavailableError, Page, Unlogged, feed_log
from monitor.feed.tenant_metrics import TenantMetrics
from monitor.feed.waiting import end, wait_for

logger = structlog.get_logger(__name__)

# How long a lost last frame can go unnoticed.
POLL_SECONDS = 2.0
POLL_AGAIN_SECONDS = 0.05
LAYER_SECONDS = 5.0
TAIL_ROWS = 4_000


class TenantFeed:
    """`head` is the last number that can be shown, of `epoch`; `begins_after` the number before the first one that
    this epoch's log had when it was first seen. `listeners` are set whenever any of these changes."""

    def __init__(self, tenant_id: UUID) -> None:
        self.tenant_id = tenant_id
        self.epoch = ""
        self.begins_after = 0
        # What was recorded and never logged, of `epoch`.
        self.unlogged: tuple[Unlogged, ...] = ()
        self.listeners: set[asyncio.Event] = set()
        self.sockets = 0
        self.metrics = TenantMetrics(self)
        self.starting = asyncio.Lock()
        # Whether `start` has succeeded.
        self.running = False
        self._log: FeedLog = feed_log()
        self._layer: Any = get_channel_layer()
        self._group = frames.group_name(tenant_id)
        self._channel = ""
        self._reorder = Reorder(0)
        self._tail: dict[int, Frame] = {}
        self._tail_rows = 0
        self._reads: dict[tuple[int, int], asyncio.Task[Page]] = {}
        self._doubt = asyncio.Event()
        self._hold: asyncio.TimerHandle | None = None
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def head(self) -> int:
        """The last number that can be shown."""
        return self._reorder.head

    async def start(self) -> None:
        """Join the group first and read the log then: nothing falls between. Raises FeedLogUnavailableError, and may
        be called again then."""
        if not self._tasks:
            await self._join()
            self._tasks.append(asyncio.create_task(self._receive()))
        await self.refresh()
        self._tasks.append(asyncio.create_task(self._poll()))
        self._tasks.append(asyncio.create_task(self.metrics.run()))
        self.running = True

    async def _join(self) -> None:
        try:
            async with asyncio.timeout(LAYER_SECONDS):
                if not self._channel:
                    self._channel = await self._layer.new_channel()
                await self._layer.group_add(self._group, self._channel)
        except Exception as exc:  # whatever the channel layer's client raises
            raise FeedLogUnavailableError(repr(exc)) from exc

    async def stop(self) -> None:
        """Leave the group and end."""
        # A receiver that is cancelled takes leave of Redis, which may be away.
        await end(self._tasks, LAYER_SECONDS)
        if self._hold:
            self._hold.cancel()
        with suppress(Exception):
            async with asyncio.timeout(LAYER_SECONDS):
                await self._layer.group_discard(self._group, self._channel)

    async def refresh(self) -> Bounds:
        """Compare with the log. Raises FeedLogUnavailableError."""
        bounds = await self._log.bounds(self.tenant_id)
        if bounds.unlogged != self.unlogged:
            self.unlogged = bounds.unlogged
            self._wake()
        if bounds.epoch != self.epoch:
            first = not self.epoch
            self.epoch = bounds.epoch
            self.begins_after = bounds.head if first else bounds.oldest - 1
            self._reorder = Reorder(bounds.head)
            self._tail.clear()
            self._tail_rows = 0
            self._wake()
        else:
            self._reorder.expect(bounds.head)
            self._hold_back()
        return bounds

    def recent(self, first: int) -> Frame | None:
        """The frame that begins with this number, when it came lately."""
        return self._tail.get(first)

    async def read(self, after: int, limit: int) -> Page:
        """`FeedLog.read`; sockets that ask for the same at the same time share the answer."""
        key = (after, limit)
        if key not in self._reads:
            task = asyncio.create_task(self._log.read(self.tenant_id, after, limit))
            task.add_done_callback(lambda done: self._read_done(key, done))
            self._reads[key] = task
        return await asyncio.shield(self._reads[key])

    def doubt(self) -> None:
        """Something does not fit: compare with the log soon."""
        self._doubt.set()

    def _read_done(self, key: tuple[int, int], done: asyncio.Task[Page]) -> None:
        del self._reads[key]
        if not done.cancelled():
            done.exception()  # every reader may have gone meanwhile

    async def _receive(self) -> None:
        while True:
            try:
                self._arrived(frames.frame_of_message(await self._layer.receive(self._channel)))
            except Exception:
                logger.exception("feed_receive_failed")
                await asyncio.sleep(POLL_SECONDS)

    def _arrived(self, frame: Frame) -> None:
        if frame.epoch != self.epoch or frame.last <= self.head:
            # Another run of numbers, or a number twice: only the log knows. A frame that was given up is rare.
            self.doubt()
            return
        self._show(self._reorder.offer(frame))

    def _show(self, ordered: list[Frame]) -> None:
        for frame in ordered:
            self._tail[frame.first] = frame
            self._tail_rows += frame.count
        while self._tail_rows > TAIL_ROWS:
            self._tail_rows -= self._tail.pop(next(iter(self._tail))).count
        if ordered:
            self._wake()
        self._hold_back()

    def _hold_back(self) -> None:
        if self._reorder.waiting and self._hold is None:
            self._hold = asyncio.get_running_loop().call_later(HOLD_SECONDS, self._held_long_enough, self.head)

    def _held_long_enough(self, head_then: int) -> None:
        self._hold = None
        if self._reorder.waiting and self.head == head_then:
            self._show(self._reorder.give_up())
            self._wake()
        self._hold_back()

    def _wake(self) -> None:
        for listener in self.listeners:
            listener.set()

    async def _poll(self) -> None:
        """Find out what the channel layer did not tell: a lost last frame, a log that began anew."""
        away = False
        while True:
            await asyncio.sleep(POLL_AGAIN_SECONDS)
            await wait_for(self._doubt, POLL_SECONDS)
            self._doubt.clear()
            try:
                await self.refresh()
                async with asyncio.timeout(LAYER_SECONDS):
                    # Membership may have expired or been lost with the connection; joining again is free.
                    await self._layer.group_add(self._group, self._channel)
            except Exception as exc:  # whatever the channel layer's client raises
                if not away:
                    logger.warning("feed_unavailable", tenant=str(self.tenant_id), error=repr(exc))
                away = True
            else:
                away = False


_feeds: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[UUID, TenantFeed]] = WeakKeyDictionary()
_stopping: set[asyncio.Task[None]] = set()


@asynccontextmanager
async def watching(tenant_id: UUID) -> AsyncIterator[TenantFeed]:
    """The running loop's feed of the tenant, started by the first socket and stopped after the last.

    Raises FeedLogUnavailableError when it cannot be started.
    """
    feeds = _feeds.setdefault(asyncio.get_running_loop(), {})
    if tenant_id not in feeds:
        feeds[tenant_id] = TenantFeed(tenant_id)
    feed = feeds[tenant_id]
    feed.sockets += 1
    try:
        async with feed.starting:
            if not feed.running:
                await feed.start()
        yield feed
    finally:
        feed.sockets -= 1
        if not feed.sockets:
            del feeds[tenant_id]
            # A task of its own: a socket may be cancelled again while it is closing, and must not leave the group half.
            stopping = asyncio.create_task(feed.stop())
            _stopping.add(stopping)
            stopping.add_done_callback(_stopping.discard)
            await asyncio.shield(stopping)
