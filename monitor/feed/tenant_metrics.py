"""A tenant's `metrics` message: counted and encoded once a second for all its sockets of this web process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from uuid import UUID

import structlog
from django.db import close_old_connections

from monitor import queries
from monitor.feed import frames
from monitor.feed.counting import Counts
from monitor.feed.frames import Frame, Row
from monitor.feed.log import FeedLogUnavailableError
from monitor.feed.system_totals import Totals, system_totals
from tenancy.row_security import of_tenant

if TYPE_CHECKING:
    from monitor.feed.tenant_feed import TenantFeed

logger = structlog.get_logger(__name__)

# What is older than the feed keeps in memory is read from the log, so many frames at once.
READ_FRAMES = 100
BACKLOG_SECONDS = 2.0
BACKLOG_DEADLINE_SECONDS = 2.0
# Of all tenants: a database that is slow keeps no more threads than these.
THREADS = 2
_threads = ThreadPoolExecutor(THREADS, thread_name_prefix="feed-backlog")


class TenantMetrics:
    """Counts what the feed shows, each attempt once, by a cursor of its own: what the channel layer lost is read from
    the log. An attempt that has left the log before it was counted is not in any message."""

    def __init__(self, feed: TenantFeed, find_backlog: Callable[[UUID], dict[str, Any]] | None = None) -> None:
        self._feed = feed
        self._find_backlog = find_backlog or _backlog
        self._epoch = ""
        self._cursor = 0
        self._counts = Counts()
        self._backlog: dict[str, Any] | None = None
        self._told: Totals | None = None
        self._text = self._staff_text = ""
        self._made = asyncio.Event()

    async def next(self, *, staff: bool) -> str:
        """The next message. Who asks late misses some and gets no old ones."""
        await self._made.wait()
        return self._staff_text if staff else self._text

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._each_second())
            tasks.create_task(self._look_at_backlog())

    async def _each_second(self) -> None:
        last = int(time.time())
        while True:
            # A moment into the next second: a clock that wakes too early must not tell the same second twice.
            await asyncio.sleep(1.001 - time.time() % 1)
            second = int(time.time())
            try:
                await self._count()
            except FeedLogUnavailableError:
                pass  # counted as soon as the log answers
            except Exception:
                logger.exception("feed_count_failed")
            # More than one after a pause of the process, and never less whatever the clock does.
            self._make(second, max(1, second - last))
            last = second

    async def _count(self) -> None:
        if self._epoch != self._feed.epoch:
            self._epoch, self._cursor = self._feed.epoch, self._feed.begins_after
        while self._epoch == self._feed.epoch and self._cursor < self._feed.head:
            head = self._feed.head
            recent = self._feed.recent(self._cursor + 1)
            found = [recent] if recent else await self._read()
            for frame in found:
                self._counts.add(self._new_rows(frame))
                self._cursor = max(self._cursor, frame.last)
            if not found:
                self._cursor = head

    async def _read(self) -> list[Frame]:
        page = await self._feed.read(self._cursor, READ_FRAMES)
        if page.epoch != self._epoch:
            self._feed.doubt()
            raise FeedLogUnavailableError("the log began anew")
        return page.frames

    def _new_rows(self, frame: Frame) -> list[Row]:
        return frame.rows if frame.first > self._cursor else [row for row in frame.rows if row[0] > self._cursor]

    def _make(self, second: int, seconds: int) -> None:
        message = {"t": "metrics", "at": 1000 * second, "seconds": seconds, **self._counts.take()}
        message["backlog"] = self._backlog
        self._text = frames.encode(message)
        if system_totals().watched:
            self._staff_text = frames.encode({**message, "system": self._system()})
        made, self._made = self._made, asyncio.Event()
        made.set()

    def _system(self) -> dict[str, int] | None:
        """What was counted since the message before; None until there are two readings."""
        before, self._told = self._told, system_totals().latest
        return self._told.since(before)._asdict() if before and self._told else None

    async def _look_at_backlog(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            asking = loop.run_in_executor(_threads, self._find_backlog, self._feed.tenant_id)
            done, _ = await asyncio.wait([asking], timeout=BACKLOG_DEADLINE_SECONDS)
            if not done:
                self._backlog = None
                # Not another one beside it: threads that hang must not pile up.
                await asyncio.wait([asking])
            if error := asking.exception():
                logger.warning("feed_backlog_unknown", tenant=str(self._feed.tenant_id), error=repr(error))
            self._backlog = None if error else asking.result()
            await asyncio.sleep(BACKLOG_SECONDS)


def _backlog(tenant_id: UUID) -> dict[str, Any]:
    try:
        with of_tenant(tenant_id):
            return queries.backlog(tenant_id)
    finally:
        close_old_connections()
