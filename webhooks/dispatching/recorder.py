"""Group commit: attempts that end within some 20 ms of each other are recorded in one transaction."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from math import floor

import structlog

from webhooks import recording, tasks
from webhooks.dispatching.database import DatabaseThreads
from webhooks.dispatching.refs import Ref
from webhooks.recording import Finished

logger = structlog.get_logger(__name__)

FLUSH_ROWS = 500
FLUSH_SECONDS = 0.02
# Above this many unrecorded attempts no new ones are started: a database that is away must not fill the memory.
BACKLOG_ROWS = 2000
RETRY_SECONDS = (0.2, 0.5, 1, 2, 5)


class Recorder:
    """Takes finished attempts one by one and records them in batches, until the database has taken them."""

    def __init__(self, database: DatabaseThreads) -> None:
        self._database = database
        self._queue: asyncio.Queue[Finished] = asyncio.Queue()
        self._unrecorded = 0

    @property
    def behind(self) -> bool:
        """Too many attempts wait to be recorded."""
        return self._unrecorded >= BACKLOG_ROWS

    def put(self, finished: Finished) -> None:
        """Take one finished attempt."""
        self._unrecorded += 1
        self._queue.put_nowait(finished)

    async def drained(self) -> None:
        """Wait until everything taken so far is recorded."""
        await self._queue.join()

    async def run(self) -> None:
        """Record for ever; cancelled by the dispatcher once it has drained."""
        while True:
            batch = [await self._queue.get()]
            if self._queue.qsize() < FLUSH_ROWS:
                await asyncio.sleep(FLUSH_SECONDS)
            while len(batch) < FLUSH_ROWS and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            await self._record(batch)
            self._unrecorded -= len(batch)
            for _ in batch:
                self._queue.task_done()

    async def _record(self, batch: list[Finished]) -> None:
        """Try until the commit succeeds. A lease that ran out meanwhile fences the row: nothing is recorded twice.

        A row that the database refuses for what is in it would be refused for ever: it is found by recording its
        batch one by one, and left to its lease, so that it ends as `abandoned`.
        """
        tries = 0
        while True:
            try:
                await self._database.run(_record_and_schedule, batch)
            except recording.REFUSED as exc:
                if len(batch) == 1:
                    logger.error("attempt_refused", delivery_id=str(batch[0].row.id), error=repr(exc))
                    return
                for finished in batch:
                    await self._record([finished])
                return
            except Exception as exc:
                pause = RETRY_SECONDS[min(tries, len(RETRY_SECONDS) - 1)]
                logger.warning("record_failed", attempts=len(batch), retry_in=pause, error=repr(exc))
                tries += 1
                await asyncio.sleep(pause)
            else:
                return


def _record_and_schedule(batch: Sequence[Finished]) -> None:
    recorded = recording.record(batch)
    due: dict[int, list[Ref]] = defaultdict(list)
    for row in recorded:
        if row.next_attempt_at is not None:
            ref = Ref(row.delivery_id, row.subscription_id, row.tenant_id, row.next_attempt_at)
            # The floor: the dispatcher waits for the exact time, but a late scheduler tick could not be undone.
            due[floor(row.next_attempt_at)].append(ref)
    for second, refs in due.items():
        tasks.waker.wake(refs, second)
