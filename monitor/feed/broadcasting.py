"""From recorded attempts to numbered frames in the log and in the channel layer, at most every 100 ms for a tenant.

It may fall behind and it may lose (both bounded, the loss counted, logged and announced in the feed), but it never
raises into the recorder, never blocks it, and never delays a delivery.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import orjson
import structlog
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import close_old_connections

from monitor.feed import frames, orphans
from monitor.feed.frames import Frame, Row
from monitor.feed.journal import Journal
from monitor.feed.log import FeedLog, FeedLogUnavailableError, Lost, Piece, feed_log
from monitor.feed.metrics import feed_metrics
from monitor.feed.waiting import wait_for
from webhooks.signals import RecordedAttempt

logger = structlog.get_logger(__name__)

FLUSH_SECONDS = 0.1
FRAME_ROWS = 200
# What waits while the log is away. A tenant's log keeps no more either.
TENANT_ROWS = 10_000
ALL_ROWS = 50_000
TENANTS_AT_ONCE = 8
SEND_SECONDS = 2.0
STOP_SECONDS = 3.0
TIDY_SECONDS = 2.0
SWEEP_SECONDS = 10.0
RETRY_SECONDS = (0.2, 0.5, 1, 2, 5)


T = TypeVar("T")


class _Waiting:
    """A tenant's rows that are not in the log yet. `piece` is what is being appended: a repeated append must hold
    the same rows, or the log could not tell that it has them; its first attempt ended at `piece_from`. `lost`: rows
    that were given up and not announced yet."""

    def __init__(self) -> None:
        self.rows: deque[Row] = deque()
        self.piece: Piece | None = None
        self.piece_from = 0.0
        self.lost = 0


class Broadcaster:
    """Lives on the event loop that owns the channel layer and the feed log; `receive` may be called in any thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop, journal: Journal | None = None) -> None:
        self._loop = loop
        self._journal = journal or Journal()
        self._database = ThreadPoolExecutor(1, thread_name_prefix="feed-journal")
        self._waiting: dict[UUID, _Waiting] = {}
        self._waiting_rows = 0
        self._arrived = asyncio.Event()
        self._stopping = asyncio.Event()
        self._pieces = 0
        self._failures = 0
        self._unsent = False
        self._reported = 0
        # Attempts that never reached the log.
        self.lost = 0

    # Called in the recorder's thread

    def receive(self, rows: list[RecordedAttempt], **_signal: Any) -> None:
        """Receiver of `attempts_recorded`: hands the rows over and returns at once."""
        with suppress(RuntimeError):  # the loop is closed: the process is ending
            self._loop.call_soon_threadsafe(self._take, rows)

    # On the loop

    async def start(self) -> None:
        """Begin to flush."""
        self._log: FeedLog = feed_log()
        self._layer: Any = get_channel_layer()
        self._flusher = asyncio.create_task(self._run())
        self._keepers = [asyncio.create_task(self._keep_tidy()), asyncio.create_task(self._sweep())]

    async def stop(self) -> None:
        """Flush what is there, for at most a few seconds, and end."""
        # Before: what it finds out may have to be announced, and lets rows of the journal go that the next one deletes.
        await self._tidy_in_time()
        self._stopping.set()
        self._arrived.set()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self._flusher
        except TimeoutError:
            # Those of the journal stay there: another worker announces them.
            self.lost += self._waiting_rows
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        await self._tidy_in_time()
        self._database.shutdown(wait=False, cancel_futures=True)
        self._report_loss()
        await self._log.aclose()

    def _take(self, rows: list[RecordedAttempt]) -> None:
        by_tenant: dict[UUID, list[Row]] = defaultdict(list)
        for attempt in rows:
            by_tenant[attempt.tenant_id].append(frames.unnumbered_row(attempt))
        for tenant_id, tenant_rows in by_tenant.items():
            waiting = self._waiting.setdefault(tenant_id, _Waiting())
            waiting.rows.extend(tenant_rows)
            self._waiting_rows += len(tenant_rows)
            self._shorten(waiting)
        self._arrived.set()

    def _shorten(self, waiting: _Waiting) -> None:
        over = max(len(waiting.rows) - TENANT_ROWS, self._waiting_rows - ALL_ROWS)
        over = max(0, min(over, len(waiting.rows)))
        for _ in range(over):
            waiting.rows.popleft()
        self._waiting_rows -= over
        waiting.lost += over
        self._count_lost(over)

    def _count_lost(self, n: int) -> None:
        self.lost += n
        feed_metrics().unlogged.inc(n)

    async def _run(self) -> None:
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            try:
                await self._flush_all()
            except Exception:
                logger.exception("feed_flush_failed")
            if self._stopping.is_set() and not self._waiting:
                return
            await self._pause()

    async def _pause(self) -> None:
        if self._failures:
            await asyncio.sleep(RETRY_SECONDS[min(self._failures, len(RETRY_SECONDS)) - 1])
        elif not self._stopping.is_set():
            await wait_for(self._stopping, FLUSH_SECONDS)
        if self._waiting:
            self._arrived.set()

    async def _flush_all(self) -> None:
        """All tenants that have rows. Ends early when the log is away: it is the same for all."""
        tenants = list(self._waiting)
        for start in range(0, len(tenants), TENANTS_AT_ONCE):
            group = tenants[start : start + TENANTS_AT_ONCE]
            results = await asyncio.gather(*(self._flush(tenant_id) for tenant_id in group), return_exceptions=True)
            for failure in (result for result in results if isinstance(result, BaseException)):
                if not isinstance(failure, FeedLogUnavailableError):
                    raise failure
                self._failed(failure)
                return
        self._recovered()

    async def _flush(self, tenant_id: UUID) -> None:
        """Everything the tenant has now, in frames of at most FRAME_ROWS."""
        waiting = self._waiting[tenant_id]
        for _ in range(-(-TENANT_ROWS // FRAME_ROWS) + 1):
            if waiting.lost and waiting.piece is None:
                await self._announce(tenant_id, waiting)
            piece = waiting.piece = waiting.piece or self._next_piece(tenant_id, waiting)
            if piece is None:
                if not waiting.lost:  # none since the announcement
                    del self._waiting[tenant_id]
                return
            logged = await self._log.append(tenant_id, piece)
            waiting.piece = None
            feed_metrics().lag.observe(max(0.0, time.time() - waiting.piece_from))
            self._waiting_rows -= piece.rows
            self._journal.settle(tenant_id, piece.rows)
            await self._send(tenant_id, logged)

    async def _announce(self, tenant_id: UUID, waiting: _Waiting) -> None:
        n = waiting.lost
        lost = Lost(self._journal.writer, ((self._journal.through(tenant_id, n), n),))
        await self._log.add_unlogged(tenant_id, lost)
        waiting.lost -= n  # more may have been lost meanwhile
        self._journal.settle(tenant_id, n)

    def _next_piece(self, tenant_id: UUID, waiting: _Waiting) -> Piece | None:
        rows = [waiting.rows.popleft() for _ in range(min(FRAME_ROWS, len(waiting.rows)))]
        if not rows:
            return None
        self._pieces += 1
        waiting.piece_from = min(map(frames.ended_at, rows))
        through = self._journal.through(tenant_id, len(rows))
        return Piece(self._journal.writer, self._pieces, orjson.dumps(rows), len(rows), through)

    async def _send(self, tenant_id: UUID, frame: Frame) -> None:
        """Tell the web processes. A frame that is lost here is read from the log by whoever misses it."""
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._layer.group_send(frames.group_name(tenant_id), frames.frame_message(frame))
        except Exception as exc:  # whatever the channel layer's client raises
            if not self._unsent:
                logger.warning("feed_frame_not_sent", error=repr(exc))
            self._unsent = True
        else:
            self._unsent = False

    async def _keep_tidy(self) -> None:
        while True:
            await asyncio.sleep(TIDY_SECONDS)
            try:
                await self._tidy()
            except Exception as exc:  # whatever the database's client raises
                logger.warning("feed_journal_untidy", error=repr(exc))

    async def _tidy(self) -> None:
        if self._journal.busy:
            untold: Counter[UUID] = await self._in_thread(self._journal.tidy)
            for tenant_id, n in untold.items():
                self._waiting.setdefault(tenant_id, _Waiting()).lost += n
                self._count_lost(n)
                self._arrived.set()

    async def _tidy_in_time(self) -> None:
        with suppress(Exception):  # a database that is away: the rows are found to be finished by whoever sweeps
            async with asyncio.timeout(STOP_SECONDS):
                await self._tidy()

    async def _sweep(self) -> None:
        """Announce what workers that are gone have left, and keep the log within its bytes."""
        while settings.FEED_REDIS_URL:
            await asyncio.sleep(SWEEP_SECONDS)
            announce = partial(orphans.announce, self._log, self._in_thread, self._journal.writer)
            for sweep in (announce, self._log.make_room):
                # Each on its own: what stops one of them must not stop the other.
                try:
                    await sweep()
                except FeedLogUnavailableError:
                    pass  # said by the flusher; the orphans stay
                except Exception as exc:  # whatever the clients of database and log raise
                    logger.warning("feed_sweep_failed", error=repr(exc))

    async def _in_thread(self, function: Callable[..., T], *args: Any) -> T:
        return await self._loop.run_in_executor(self._database, _with_connection, function, *args)

    def _failed(self, failure: FeedLogUnavailableError) -> None:
        if not self._failures:
            logger.warning("feed_log_unavailable", error=str(failure))
        self._failures += 1

    def _recovered(self) -> None:
        if self._failures:
            logger.info("feed_log_available")
        self._failures = 0
        self._report_loss()

    def _report_loss(self) -> None:
        if self.lost > self._reported:
            logger.warning("feed_attempts_lost", attempts=self.lost - self._reported)
            self._reported = self.lost


def _with_connection(function: Callable[..., T], *args: Any) -> T:
    try:
        return function(*args)
    finally:
        close_old_connections()
